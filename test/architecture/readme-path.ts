/** The README's path through the code: the files of its two tables. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './import-graph.ts';

const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const section = /## How it works([\s\S]*?)The rooms/.exec(readme)![1]!;
const [there = '', andBack = ''] = section.split('And back:');
const filesOf = (text: string) => [...text.matchAll(/^\| \[([^\]]+)\]/gm)].map(([, file = '']) => file);

/** From a chat's event to pixels, and from what happens to the message that shows it. */
export const FORWARD: readonly string[] = filesOf(there);
export const BACK: readonly string[] = filesOf(andBack);
