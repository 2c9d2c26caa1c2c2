/**
 * What is on disk, by subject: jobs, what people and servers have chosen, measured step times, the events already
 * seen, and what adapters keep. SQLite in WAL mode; a write's promise resolves when a crash of the machine cannot undo
 * it any more. Whoever needs one subject is handed that one.
 */
import type { Clock } from '../time/clock.ts';
import { JobRecords } from './job-records.ts';
import { JournalFile, type JournalOptions } from './journal-file.ts';
import { KeyValues } from './key-values.ts';
import { Preferences } from './preferences.ts';
import { SeenEvents } from './seen-events.ts';
import { StepTimes } from './step-times.ts';

export interface Journal {
  readonly records: JobRecords;
  readonly preferences: Preferences;
  readonly stepTimes: StepTimes;
  readonly seen: SeenEvents;
  readonly keyValues: KeyValues;
  /** What was deleted or overwritten is in no file any more. Blocks for a few milliseconds. */
  purge(): void;
  /** Writes what waits and lets the file go; what is asked for later is not written any more. */
  close(): void;
}

/**
 * Opens the journal, made or brought up to date if need be. One process at a time holds the file.
 * @throws Fault `journal.in_use`, `journal.newer`, `journal.damaged`, `journal.unusable`
 */
export function openJournal(path: string, clock: Clock, options: JournalOptions = {}): Journal {
  const file = new JournalFile(path, clock, options);
  const seen = new SeenEvents(file);
  return {
    records: new JobRecords(file, seen),
    preferences: new Preferences(file),
    stepTimes: new StepTimes(file),
    seen,
    keyValues: new KeyValues(file),
    purge: () => file.purge(),
    close: () => file.close(),
  };
}
