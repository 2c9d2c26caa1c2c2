/** The entry of `npm run backup -- FOLDER`: a copy of DATA_DIR, while the service runs or not. */
import path from 'node:path';
import dotenv from 'dotenv';
import { Fault } from '../../config/faults.ts';
import { readSettings } from '../../config/settings.ts';
import { backUp } from '../store/backup.ts';
import { workingFolder } from './working-folder.ts';

dotenv.config({ quiet: true });
/** Journal and pictures hold people's words. */
process.umask(0o077);

const HELP = `Copies the journal and the pictures of DATA_DIR to a folder, while the service runs or not. Again into the same
folder: only what is new is copied, and what was deleted is deleted there. To restore: stop the service, put the folder in
the place of DATA_DIR, start.

  npm run backup -- FOLDER
`;

function run(words: readonly string[]): void {
  const [folder = '', more] = words;
  if (folder === '--help' || folder === '-h') {
    process.stdout.write(HELP);
    return;
  }
  if (folder === '' || folder.startsWith('-') || more !== undefined) {
    const value = more ?? folder;
    throw new Fault('option.value', { option: 'npm run backup', value, allowed: 'one folder' });
  }
  const to = path.resolve(workingFolder('backup', process.env, process.cwd()), folder);
  const { jobs, pictures, copied } = backUp(readSettings(process.env).dataDir, to);
  process.stdout.write(`${to}: ${jobs} jobs, ${pictures} pictures, ${copied} of them new.\n`);
}

try {
  run(process.argv.slice(2));
} catch (error) {
  const known = error instanceof Fault;
  process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
  process.exitCode = known && error.blame === 'input' ? 2 : 1;
}
