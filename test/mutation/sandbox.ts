/** A copy of the repository in which files may be changed while somebody works on the real ones. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Sandbox {
  /** Absolute. */
  readonly root: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** Copies what git knows or would add; packages are linked. */
export function openSandbox(from: string): Sandbox {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'darkroom-mutation-')));
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: from,
    maxBuffer: 2 ** 26,
  });
  for (const file of list
    .toString()
    .split('\0')
    .filter((name) => name !== '' && name !== 'node_modules')) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    cpSync(path.join(from, file), path.join(root, file));
  }
  symlinkSync(realpathSync(path.join(from, 'node_modules')), path.join(root, 'node_modules'), 'junction');
  return {
    root,
    write: (file, text) => writeFileSync(path.join(root, file), text),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
