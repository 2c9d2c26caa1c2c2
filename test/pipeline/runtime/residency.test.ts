/** The plan of residency over cards of all sizes, with the sizes of the real files; the table in docs/gpu.md is this. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../pipeline/runtime/kinds.ts';
import {
  GIB,
  type HeldPart,
  LEAST_WORKING,
  RESERVE,
  t5OnCard,
  WORKING,
  whoLeaves,
} from '../../../pipeline/runtime/residency.ts';

/** Values of each network, from test/reference/inventory: millions. */
const VALUES = { large: 8146.3, medium: 2469.7, vae: 83.8, clips: 123.1 + 694.6, t5: 4762.3 + 131.6 };
const CARDS = [8, 12, 16, 24, 48, 80];

interface Setup {
  readonly name: string;
  readonly models: readonly { readonly name: string; readonly bytes: number }[];
  readonly t5: number;
}
const million = 1e6;
const clips = VALUES.clips * million * 2;
const vae = VALUES.vae * million * 4;
const SETUPS: readonly Setup[] = [
  {
    name: 'Turbo and Large, float16',
    models: ['turbo', 'large'].map((name) => ({ name, bytes: VALUES.large * million * 2 })),
    t5: VALUES.t5 * million * 2,
  },
  {
    name: 'Turbo and Large, float8',
    models: ['turbo', 'large'].map((name) => ({ name, bytes: VALUES.large * million })),
    t5: VALUES.t5 * million,
  },
  {
    name: 'Medium, float16',
    models: [{ name: 'medium', bytes: VALUES.medium * million * 2 }],
    t5: VALUES.t5 * million * 2,
  },
];

/** A draft and its final, five times, each with a new prompt: as the worker does it. */
function simulate({ models, t5 }: Setup, card: number) {
  const budget = card * GIB - RESERVE;
  const sizes = models.map(({ bytes }) => bytes);
  const withT5 = t5OnCard(t5, vae + clips, sizes, budget);
  let held: HeldPart<string>[] = [];
  let run = 0;
  let refused = false;
  let tight = false;
  const loads: string[] = [];
  const hold = (key: string, kind: Kind, bytes: number) => {
    const found = held.find((part) => part.key === key);
    if (found) {
      held = held.map((part) => (part === found ? { ...part, run, needed: true } : part));
      return;
    }
    const leaving = whoLeaves(held, bytes, budget);
    if (leaving === undefined) {
      refused = true;
      return;
    }
    held = [...held.filter((part) => !leaving.includes(part.key)), { key, kind, bytes, run, needed: true }];
    loads.push(key);
    tight ||= held.reduce((sum, part) => sum + part.bytes, WORKING) > budget;
    expect(held.reduce((sum, part) => sum + part.bytes, LEAST_WORKING)).toBeLessThanOrEqual(budget);
  };
  const rest = (kind?: Kind) => {
    held = held.map((part) => (kind === undefined || part.kind === kind ? { ...part, needed: false } : part));
  };
  const draw = (model: Setup['models'][number]) => {
    run++;
    rest();
    hold('encoders', 'text', clips + (withT5 ? t5 : 0));
    rest('text');
    hold(model.name, 'transformer', model.bytes);
    hold('vae', 'vae', vae);
  };
  for (let i = 0; i < 5; i++) for (const model of models) draw(model);
  const again = loads.filter((name) => models.some((model) => model.name === name)).length - models.length;
  const encodersAgain = loads.filter((name) => name === 'encoders').length - 1;
  return { withT5, refused, swaps: again, encodersAgain, together: !refused && again === 0, tight };
}

function cell(setup: Setup, card: number): string {
  const { withT5, refused, together, encodersAgain, tight } = simulate(setup, card);
  if (refused) return 'does not fit';
  const t5 = withT5 ? 'T5 on the card' : 'T5 on the processor';
  const models = setup.models.length === 1 ? 'stays' : together ? 'both stay' : 'one at a time';
  return `${models}, ${t5}${encodersAgain > 0 ? ', encoders come and go' : ''}${tight ? ', small pictures' : ''}`;
}

const table = [
  `| card | ${SETUPS.map(({ name }) => name).join(' | ')} |`,
  `| --- | ${SETUPS.map(() => '---').join(' | ')} |`,
  ...CARDS.map((card) => `| ${card} GB | ${SETUPS.map((setup) => cell(setup, card)).join(' | ')} |`),
].join('\n');

describe('what stays on a card', () => {
  test('the table in the docs is what the plan comes to', () => {
    const docs = readFileSync(path.join(import.meta.dirname, '../../../docs/gpu.md'), 'utf8');
    expect(docs, `docs/gpu.md should have:\n${table}`).toContain(table);
  });

  test('on a large card nothing is loaded twice, on a small one only transformers are', () => {
    expect(simulate(SETUPS[0]!, 80)).toMatchObject({ swaps: 0, encodersAgain: 0, withT5: true });
    expect(simulate(SETUPS[0]!, 24)).toMatchObject({ withT5: false, encodersAgain: 0 });
    expect(simulate(SETUPS[0]!, 24).swaps).toBe(8);
  });

  test('text encoders leave before transformers, and older ones of a kind before newer ones', () => {
    const part = (key: string, kind: Kind, run: number) => ({ key, kind, bytes: GIB, run, needed: false });
    const held = [
      part('new', 'transformer', 2),
      part('vae', 'vae', 0),
      part('old', 'transformer', 1),
      part('text', 'text', 3),
    ];
    const budget = (others: number) => WORKING + others * GIB;
    expect(whoLeaves(held, GIB, budget(5))).toEqual([]);
    expect(whoLeaves(held, GIB, budget(4))).toEqual(['text']);
    expect(whoLeaves(held, GIB, budget(3))).toEqual(['text', 'old']);
    expect(whoLeaves(held, GIB, budget(1))).toEqual(['text', 'old', 'new', 'vae']);
    expect(whoLeaves(held, GIB, budget(-1))).toBeUndefined();
  });

  test('what the run still needs does not leave', () => {
    const held = [{ key: 'a', kind: 'transformer' as const, bytes: GIB, run: 1, needed: true }];
    expect(whoLeaves(held, GIB, LEAST_WORKING + GIB)).toBeUndefined();
  });
});

if (process.env.PRINT_TABLE) process.stdout.write(`${table}\n`);
