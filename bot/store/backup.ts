/**
 * A copy of what a service keeps, while it runs or not: the journal first, so that the pictures of every job in it follow.
 * The copy is a data folder again. What the service has deleted goes from an older copy, too.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../config/faults.ts';
import { diskFault } from './disk.ts';
import { attempt } from './open-journal.ts';

export interface BackedUp {
  /** Jobs in the copy of the journal. */
  readonly jobs: number;
  /** Pictures that are in the copy, and how many of them were copied this time. */
  readonly pictures: number;
  readonly copied: number;
}

const UNFINISHED = '.tmp';
/** Milliseconds for which the journal's own commits are waited for. */
const PATIENCE = 30_000;

/** @param to made where it is not there. @throws Fault `journal.*`, `disk.full`, `file.write_failed` */
export function backUp(dataDir: string, to: string): BackedUp {
  try {
    mkdirSync(path.join(to, 'pictures'), { recursive: true, mode: 0o700 });
    const jobs = copyJournal(path.join(dataDir, 'journal.db'), path.join(to, 'journal.db'));
    const secret = path.join(dataDir, 'page.secret');
    if (existsSync(secret)) copyWhole(secret, path.join(to, 'page.secret'));
    return { jobs, ...copyPictures(path.join(dataDir, 'pictures'), path.join(to, 'pictures')) };
  } catch (error) {
    if (error instanceof Fault) throw error;
    const problem = (error as Error).message;
    throw diskFault(error) ?? new Fault('file.write_failed', { file: to, problem }, error);
  }
}

/** Whole, as it is at one moment, without the log beside it and without free places. @returns the number of jobs */
function copyJournal(from: string, to: string): number {
  if (!existsSync(from))
    throw new Fault('journal.unusable', { file: from, problem: 'there is no such file' });
  const unfinished = to + UNFINISHED;
  rmSync(unfinished, { force: true });
  return attempt(from, () => {
    const journal = new Libsql(from, { timeout: PATIENCE });
    try {
      journal.prepare('VACUUM INTO ?').run(unfinished);
    } finally {
      journal.close();
    }
    const copy = new Libsql(unfinished);
    const { jobs } = copy.prepare('SELECT count(*) AS jobs FROM jobs').get() as { jobs: number };
    copy.close();
    // A log beside it would be of the copy before.
    for (const ending of ['-wal', '-shm']) rmSync(to + ending, { force: true });
    renameSync(unfinished, to);
    return jobs;
  });
}

function copyPictures(from: string, to: string): Omit<BackedUp, 'jobs'> {
  const names = existsSync(from) ? readdirSync(from).filter((name) => !name.endsWith(UNFINISHED)) : [];
  const wanted = new Set(names);
  for (const name of readdirSync(to)) if (!wanted.has(name)) rmSync(path.join(to, name), { force: true });
  let copied = 0;
  let pictures = 0;
  for (const name of names) {
    const made = copyWhole(path.join(from, name), path.join(to, name));
    if (made !== undefined) pictures++;
    if (made === true) copied++;
  }
  return { pictures, copied };
}

/** @returns whether it had to be copied; undefined where it was deleted meanwhile */
function copyWhole(from: string, to: string): boolean | undefined {
  try {
    const { size, mtime } = statSync(from);
    const before = existsSync(to) ? statSync(to) : undefined;
    if (before?.size === size && before.mtime.getTime() === mtime.getTime()) return false;
    copyFileSync(from, to + UNFINISHED);
    // In whole milliseconds: of nanoseconds some get lost in the seconds that are set.
    utimesSync(to + UNFINISHED, mtime, mtime);
    renameSync(to + UNFINISHED, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
