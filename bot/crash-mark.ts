/**
 * What tells the next start that this one ended by itself, and not by somebody's hand: then the jobs that were being
 * made are suspects. A killed service, a power failure and an orderly end leave no mark.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const MARK = 'crashed';
/** Node's own report of an end that no code of ours sees (its memory is full). */
const REPORT = 'crash-report.json';

/** From now on Node writes a report into the folder when it must end: where it can leave out the environment, which has tokens. */
export function reportFatalErrors(folder: string, report: NodeJS.ProcessReport | undefined): void {
  if (report === undefined || !('excludeEnv' in report)) return;
  report.excludeEnv = true;
  report.directory = path.resolve(folder);
  report.filename = REPORT;
  report.reportOnFatalError = true;
}

/** The service is about to end because of an error. Never throws. */
export function markCrash(folder: string, at: number): void {
  try {
    writeFileSync(path.join(folder, MARK), new Date(at).toISOString());
  } catch {
    // A full disk: the next start takes it for a kill, and the job is tried once more.
  }
}

/** Whether the last run ended by itself; asked once, since it takes the mark away. */
export function takeCrashMark(folder: string): boolean {
  const mark = path.join(folder, MARK);
  const report = path.join(folder, REPORT);
  const found = existsSync(mark) || existsSync(report);
  rmSync(mark, { force: true });
  if (existsSync(report)) renameSync(report, path.join(folder, `last-${REPORT}`));
  return found;
}
