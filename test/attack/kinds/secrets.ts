/** What stands on disk for others to read, and passwords in what is printed. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expectThat, type Kind } from '../kind.ts';
import { PASSWORD, TOKEN } from '../passwords.ts';

export const secrets: Kind = {
  name: 'secrets',
  against: 'locked',
  async run(target) {
    const files = readdirSync(target.dataDir, { recursive: true, encoding: 'utf8' });
    const open = ['', ...files].filter((file) => statSync(path.join(target.dataDir, file)).mode & 0o077);
    expectThat(process.platform === 'win32' || open.length === 0, `others may read ${open.join(', ')}`);
    const ready = await fetch(new URL('/readyz', target.service.address));
    const printed = target.service.stderr() + (await ready.text());
    for (const secret of [PASSWORD, TOKEN]) expectThat(!printed.includes(secret), 'a password was printed');
    return `${files.length} files for their owner alone; no password in ${printed.length} characters`;
  },
};
