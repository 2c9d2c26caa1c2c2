/** The folder for everything that the service keeps: made where it is not there, and proven before anything opens. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Fault } from '../../config/faults.ts';

/** @returns its absolute path. @throws Fault `settings.value` where it cannot be made or written */
export function openDataFolder(dataDir: string): string {
  const folder = path.resolve(dataDir);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    const allowed = 'a folder that can be made and written';
    throw new Fault('settings.value', { name: 'DATA_DIR', value: dataDir, allowed }, error);
  }
}

/** Not node's `recursive`: it never ends below folders in which nothing can be made, such as /proc. */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder);
  if (!existsSync(parent)) makeFolder(parent);
  if (!existsSync(folder)) mkdirSync(folder);
  if (!statSync(folder).isDirectory()) throw new Error('it is a file');
}
