/** What was measured of pictures, by model, device, size and passes a step: what estimates are made from. */
import type { StepTime } from '../jobs/estimates.ts';
import type { JournalFile } from './journal-file.ts';

export const STEP_TIME_SQL = {
  all: 'SELECT * FROM step_times',
  save: 'INSERT OR REPLACE INTO step_times VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
} as const;

export class StepTimes {
  private readonly file: JournalFile;
  private readonly sql;
  private readonly toSave = new Map<string, StepTime>();

  constructor(file: JournalFile) {
    this.file = file;
    this.sql = file.prepare(STEP_TIME_SQL);
  }

  all(): StepTime[] {
    return this.file.read(() => this.sql.all.all()) as StepTime[];
  }

  /** Keeps what was measured; only the newest of each kind is written with the next commit. */
  save(time: StepTime): void {
    const key = `${time.model} ${time.device} ${time.pixels} ${time.passes}`;
    if (this.toSave.size === 0) {
      // Where it cannot be written, the next measurement of the kind is as good.
      const forget = () => this.toSave.clear();
      this.file.write(() => this.write(), 'soon').catch(forget);
    }
    this.toSave.set(key, time);
  }

  private write(): void {
    for (const time of this.toSave.values()) {
      const { model, device, pixels, passes, step_ms, rest_ms, load_ms, slowest_ms } = time;
      this.sql.save.run(model, device, pixels, passes, step_ms, rest_ms, load_ms, slowest_ms);
    }
    this.toSave.clear();
  }
}
