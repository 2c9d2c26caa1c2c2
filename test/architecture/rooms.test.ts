/** The architecture, held by the imports themselves: who may know whom. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawHouse, PICTURE } from './draw.ts';
import { allImports, findCircle } from './import-graph.ts';

const imports = allImports();
const room = (file: string) => /^bot\/[^/]+(?=\/)|^[^/]+/.exec(file)![0];

/** Each room, and the rooms that it must not know. */
const FORBIDDEN: readonly (readonly [room: RegExp, mustNotKnow: RegExp, why: string])[] = [
  [/^config/, /^(pipeline|commands|bot)/, 'config knows nothing of ours'],
  [/^pipeline/, /^(commands|bot)/, 'the pipeline knows no chat and no service'],
  [/^commands/, /^bot/, 'commands are handed the service'],
  [
    /^bot\/store/,
    /^bot\/(devices|messages|chat|discord|slack|web|http|terminal)/,
    'the store keeps, and asks nobody',
  ],
  [/^bot\/devices/, /^bot\/(store|messages|chat|discord|slack|web|http|terminal)/, 'devices render'],
  [/^bot\/jobs/, /^bot\/(messages|chat|discord|slack|web|http|terminal|ops)/, 'jobs know nobody’s messages'],
  [/^bot\/messages/, /^bot\/(chat|discord|slack|web|http|terminal|ops)/, 'messages know no platform'],
  [
    /^bot\/http/,
    /^(pipeline|commands|bot\/(jobs|store|devices|messages|chat|discord|slack|web|terminal))/,
    'HTTP knows neither the studio nor jobs',
  ],
  [/^bot\/discord/, /^bot\/(slack|web|http|terminal)/, 'adapters do not know each other'],
  [/^bot\/slack/, /^bot\/(discord|web|terminal)/, 'adapters do not know each other'],
  [/^bot\/web/, /^bot\/(discord|slack|terminal)/, 'adapters do not know each other'],
  [
    /^bot\/safety/,
    /^bot\/(messages|chat|discord|slack|web|terminal|jobs|store|devices)/,
    'safety knows no platform',
  ],
];

describe('the house', () => {
  test('has no circle of imports, types included', () => {
    expect(findCircle(imports)).toBeUndefined();
  });

  test.each(FORBIDDEN)('%s must not import from %s: %s', (from, to) => {
    const broken = imports.filter((one) => from.test(room(one.from)) && to.test(room(one.to)));
    expect(broken.map((one) => `${one.from} -> ${one.to}`)).toEqual([]);
  });

  test('adapters are handed what they need of the store, never the whole journal', () => {
    const whole = /^bot\/store\/(journal|journal-file|job-records|step-times)\.ts$/;
    const broken = imports.filter(
      ({ from, to }) => /^bot\/(chat|discord|slack|web|messages)\//.test(from) && whole.test(to),
    );
    expect(broken.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('the rule finds a circle, so that it cannot pass by finding nothing', () => {
    const made = [
      { from: 'a.ts', to: 'b.ts', typeOnly: false },
      { from: 'b.ts', to: 'c.ts', typeOnly: true },
      { from: 'c.ts', to: 'a.ts', typeOnly: false },
    ];
    expect(findCircle(made)).toEqual(['a.ts', 'b.ts', 'c.ts', 'a.ts']);
    expect(imports.length).toBeGreaterThan(500);
  });
});

test('the picture in docs/architecture.svg shows the house as it is', () => {
  expect(readFileSync(PICTURE, 'utf8'), 'run: npm run architecture').toBe(drawHouse());
});
