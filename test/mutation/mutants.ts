/** All changed forms of a file, each with a name by which it is found again. */
import { createHash } from 'node:crypto';
import { parseAst } from 'vitest/node';
import { type Change, changesOf, type Node } from './mutators.ts';

export interface Mutant extends Change {
  /** The same for the same change of the same text, whatever else is changed in the file. */
  readonly id: string;
  /** Relative to the root, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly before: string;
}

/** Nodes that a run never meets. */
const UNSEEN = /^(Import|TS(?!AsExpression|SatisfiesExpression|NonNullExpression))/;

/** @param source TypeScript. @throws SyntaxError */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  const times = new Map<string, number>();
  const add = (change: Change) => {
    const before = source.slice(change.start, change.end);
    const line = source.slice(0, change.start).split('\n').length;
    const around = source.slice(Math.max(0, change.start - 40), change.end + 40);
    const name = `${file}\n${around}\n${before}\n${change.text}`;
    const time = times.get(name) ?? 0;
    times.set(name, time + 1);
    const id = createHash('sha256').update(`${name}\n${time}`).digest('hex').slice(0, 12);
    found.push({ id, file, line, before, ...change });
  };
  const walk = (node: Node, parent: Node | undefined) => {
    if (UNSEEN.test(node.type)) return;
    for (const change of changesOf(node, parent, source)) add(change);
    for (const [field, value] of Object.entries(node)) {
      if (field === 'type' || field === 'typeAnnotation' || field === 'typeArguments') continue;
      for (const child of [value].flat()) {
        if (typeof child === 'object' && child !== null && 'type' in child) walk(child as Node, node);
      }
    }
  };
  walk(parseAst(source, { lang: 'ts' }) as unknown as Node, undefined);
  return found;
}

export function applied({ start, end, text }: Change, source: string): string {
  return source.slice(0, start) + text + source.slice(end);
}

/** In an order that only the seed decides, by which a larger sample contains the smaller one. */
export function shuffled(mutants: readonly Mutant[], seed: number): Mutant[] {
  const rank = ({ id }: Mutant) => createHash('sha256').update(`${seed} ${id}`).digest('hex');
  return mutants
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ mutant }) => mutant);
}
