/** The folder for everything that the service keeps: made where it is not there, and proven before anything opens. */
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Fault } from '../../config/faults.ts';

/** @returns its absolute path. @throws Fault `settings.value` where it cannot be made or written */
export function openDataFolder(dataDir: string): string {
  const folder = path.resolve(dataDir);
  try {
    makeFolder(folder);
    closeToOthers(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    const allowed = 'a folder that can be created and written to';
    throw new Fault('settings.value', { name: 'DATA_DIR', value: dataDir, allowed }, error);
  }
}

/** Not node's `recursive`: it never ends below folders in which nothing can be made, such as /proc. */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder);
  if (!existsSync(parent)) makeFolder(parent);
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  if (!statSync(folder).isDirectory()) throw new Error('it is a file');
}

/** What stands in it, with what the journal puts beside its file. */
const OURS = ['journal.db', 'journal.db-wal', 'journal.db-shm', 'page.secret', 'pictures', 'graphs'];

/**
 * For the owner only, whatever an earlier version made of it. A folder in which there is nothing of ours is left as it
 * is: somebody may have meant one that others use.
 */
function closeToOthers(folder: string): void {
  const ours = OURS.map((name) => path.join(folder, name)).filter((file) => existsSync(file));
  for (const file of ours.length > 0 ? [folder, ...ours] : []) close(file);
}

function close(file: string): void {
  try {
    const stat = lstatSync(file);
    if ((stat.isFile() || stat.isDirectory()) && (stat.mode & 0o077) !== 0)
      chmodSync(file, stat.mode & 0o700);
  } catch (error) {
    // What somebody else owns stays as it is.
    if (!['EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
