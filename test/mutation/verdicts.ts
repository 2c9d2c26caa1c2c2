/** What was found about each mutant, kept in a file so that a broken-off run goes on, and the score of a room. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Mutant } from './mutants.ts';

export interface Verdict extends Omit<Mutant, 'start' | 'end'> {
  readonly fate: 'killed' | 'survived' | 'timeout';
  /** The test that noticed. */
  readonly by?: string;
}

export class Verdicts {
  private readonly file: string;
  private readonly found: Map<string, Verdict>;

  constructor(file: string) {
    this.file = file;
    const kept: Verdict[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
    this.found = new Map(kept.map((verdict) => [verdict.id, verdict]));
  }

  of(id: string): Verdict | undefined {
    return this.found.get(id);
  }

  add(verdict: Verdict): void {
    this.found.set(verdict.id, verdict);
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(this.file, `${JSON.stringify([...this.found.values()], null, 1)}\n`);
  }
}

export interface Score {
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  /** 0 .. 1: killed and timed out among all. */
  readonly score: number;
  /** 95 % interval of the score of all mutants of the room, by Wilson. */
  readonly from: number;
  readonly to: number;
}

export function scoreOf(verdicts: readonly Verdict[]): Score {
  const count = (fate: Verdict['fate']) => verdicts.filter((one) => one.fate === fate).length;
  const [killed, timeout, survived] = [count('killed'), count('timeout'), count('survived')];
  const n = killed + timeout + survived;
  const p = n === 0 ? 0 : (killed + timeout) / n;
  const z = 1.96;
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return { killed, timeout, survived, score: p, from: middle - half, to: middle + half };
}
