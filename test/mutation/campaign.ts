/** Tries the sampled mutants of one room: each changed file is put before its tests, the likeliest to notice first. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { applied, type Mutant, mutantsOf, shuffled } from './mutants.ts';
import { Panel } from './panel.ts';
import { relevantTests, testsIn } from './relevant-tests.ts';
import type { Room } from './rooms.ts';
import type { Sandbox } from './sandbox.ts';
import type { Verdict, Verdicts } from './verdicts.ts';

export interface Campaign {
  readonly room: Room;
  readonly sandbox: Sandbox;
  readonly verdicts: Verdicts;
  /** How many mutants of the room. */
  readonly sample: number;
  readonly seed: number;
  /** Whether those that survived before are tried again. */
  readonly again: boolean;
  readonly tell: (line: string) => void;
}

/** Milliseconds that a file of tests may take beyond five times what it took unchanged: other work on the machine. */
const ALLOWANCE = 60_000;

/** @throws Error where a test fails on the unchanged code */
export async function runCampaign(campaign: Campaign): Promise<Verdict[]> {
  const { room, sandbox, verdicts, sample, seed, again, tell } = campaign;
  const all = filesUnder(sandbox.root, room.source).flatMap((file) =>
    mutantsOf(file, readFileSync(path.join(sandbox.root, file), 'utf8')),
  );
  const chosen = shuffled(all, seed).slice(0, sample);
  const isOpen = ({ id }: Mutant) => {
    const fate = verdicts.of(id)?.fate;
    return fate === undefined || (again && fate === 'survived');
  };
  const open = chosen.filter(isOpen);
  tell(`${room.source}: ${all.length} mutants, ${chosen.length} sampled, ${open.length} to be tried`);
  if (open.length > 0) {
    const panel = new Panel(sandbox.root);
    try {
      await tryAll(open, panel, campaign);
    } finally {
      panel.dismiss();
    }
  }
  return chosen.map(({ id }) => verdicts.of(id)!);
}

async function tryAll(open: readonly Mutant[], panel: Panel, campaign: Campaign): Promise<void> {
  const { room, sandbox, verdicts, tell } = campaign;
  const tests = testsIn(sandbox.root, room.tests);
  const took = new Map<string, number>();
  for (const test of tests) {
    const answer = await panel.ask(test, 600_000);
    if (answer?.passed !== true) throw new Error(`${test} fails on the unchanged code: ${answer?.failed}`);
    took.set(test, answer.milliseconds);
  }
  const relevant = relevantTests(sandbox.root, tests);
  /** How many mutants of a file each test has noticed. */
  const noticed = new Map<string, number>();
  for (const [index, mutant] of open.entries()) {
    const ways = relevant.get(mutant.file) ?? new Map<string, number>();
    const price = (test: string) =>
      (took.get(test)! + 500) *
      (1 + ways.get(test)!) ** 2 *
      0.5 ** (noticed.get(`${mutant.file} ${test}`) ?? 0);
    const order = [...ways.keys()].sort((a, b) => price(a) - price(b));
    const source = readFileSync(path.join(sandbox.root, mutant.file), 'utf8');
    sandbox.write(mutant.file, applied(mutant, source));
    panel.change(mutant.file);
    const verdict = await tryOne(mutant, order, took, panel);
    sandbox.write(mutant.file, source);
    panel.change(mutant.file);
    verdicts.add(verdict);
    const by = `${mutant.file} ${verdict.by?.split(' > ')[0]}`;
    noticed.set(by, (noticed.get(by) ?? 0) + 1);
    tell(`${index + 1}/${open.length} ${verdict.fate} ${describe(verdict)}`);
  }
}

async function tryOne(
  mutant: Mutant,
  tests: readonly string[],
  took: ReadonlyMap<string, number>,
  panel: Panel,
): Promise<Verdict> {
  const { start: _, end: __, ...what } = mutant;
  for (const test of tests) {
    const answer = await panel.ask(test, 5 * took.get(test)! + ALLOWANCE);
    if (answer === undefined) return { ...what, fate: 'timeout', by: test };
    if (!answer.passed) return { ...what, fate: 'killed', by: `${test} > ${answer.failed ?? 'the file'}` };
  }
  return { ...what, fate: 'survived' };
}

export function describe({ file, line, kind, before, text }: Omit<Verdict, 'fate' | 'id'>): string {
  const short = (words: string) => JSON.stringify(words.length > 60 ? `${words.slice(0, 57)}...` : words);
  return `${file}:${line} ${kind} ${short(before)} -> ${short(text)}`;
}

function filesUnder(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
    .sort();
}
