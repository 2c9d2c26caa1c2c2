/**
 * The first picture after `npm ci`, in a copy of the repository that was never started: from `npm start` to a finished
 * picture asked for as soon as the page is open, and `npm run imagine` as a whole process, the first time and the second.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atMost, type BenchPart, median, rounded } from './figure.ts';

const ROUNDS = 3;
const LIMITS = { service: 10, terminal: 5, again: 2, word: 1 };
const PROMPT = 'a red boat on the sea';
const ROOT = path.join(import.meta.dirname, '../..');
const COPIED = ['bot', 'commands', 'config', 'pipeline', 'run.mjs', 'package.json', 'package-lock.json'];

/** Seconds since the command was given. */
interface Start {
  readonly word: number;
  readonly open: number;
  readonly picture: number;
}

export const firstPicture: BenchPart = async (_folder, say) => {
  say('first pictures in fresh copies');
  const starts: Start[] = [];
  const terminal: { first: number; second: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    starts.push(await inFreshCopy(startAndAsk));
    terminal.push(
      await inFreshCopy(async (folder) => ({ first: await imagine(folder), second: await imagine(folder) })),
    );
  }
  const all = (name: keyof Start) => starts.map((one) => rounded(one[name]));
  return {
    first_word: atMost(median(all('word')), 's from npm start', LIMITS.word, { s: all('word') }),
    first_picture: atMost(median(all('picture')), 's from npm start', LIMITS.service, {
      s: all('picture'),
      page_open_s: all('open'),
    }),
    terminal_picture: atMost(median(terminal.map(({ first }) => first)), 's', LIMITS.terminal, {
      s: terminal.map(({ first }) => rounded(first)),
    }),
    terminal_picture_again: atMost(median(terminal.map(({ second }) => second)), 's', LIMITS.again, {
      s: terminal.map(({ second }) => rounded(second)),
    }),
  };
};

/** Nothing was compiled, no graph is kept, no folder of data is there. */
async function inFreshCopy<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-first-'));
  try {
    for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    for (const name of ['node_modules', 'models'])
      symlinkSync(path.join(ROOT, name), path.join(folder, name), 'junction');
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function npm(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH = '', HOME = '' } = process.env;
  return spawn('npm', args, {
    cwd: folder,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function startAndAsk(folder: string): Promise<Start> {
  const from = performance.now();
  const seconds = () => (performance.now() - from) / 1000;
  const service = npm(folder, ['start', '--silent'], { PORT: '0', LOG_LEVEL: 'error' });
  const ended = new Promise((resolve) => service.once('exit', resolve));
  try {
    let word: number | undefined;
    let said = '';
    for await (const part of service.stdout.setEncoding('utf8')) {
      word ??= seconds();
      said += part;
      const address = /open: (http\S+)/.exec(said)?.[1];
      if (address === undefined) continue;
      const open = seconds();
      await finished(address);
      return { word, open, picture: seconds() };
    }
    throw new Error(`npm start ended: ${said}`);
  } finally {
    service.kill('SIGTERM');
    await ended;
  }
}

async function finished(address: string): Promise<void> {
  const asked = await fetch(new URL('/api/imagine', address), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: PROMPT }),
  });
  const { id } = (await asked.json()) as { id: string };
  // The stream ends with the job.
  const events = await (await fetch(new URL(`/api/jobs/${id}/events`, address))).text();
  if (!events.includes('event: done')) throw new Error(events);
}

/** Seconds. */
async function imagine(folder: string): Promise<number> {
  const from = performance.now();
  const command = npm(folder, ['run', '--silent', 'imagine', '--', PROMPT, '--out', 'boat.png', '--json']);
  command.stdout.resume();
  const code = await new Promise((resolve) => command.once('exit', resolve));
  if (code !== 0) throw new Error(`npm run imagine ended with ${code}`);
  return (performance.now() - from) / 1000;
}
