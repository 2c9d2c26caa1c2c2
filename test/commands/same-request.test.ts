/** The same request through text, structured options and a form is the same; and a request written as a command is itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Given } from '../../commands/command.ts';
import { commandFor, formatCommand } from '../../commands/format-command.ts';
import { imagine } from '../../commands/imagine.ts';
import { parseLine } from '../../commands/index.ts';
import type { KeptOptions } from '../../commands/job-service.ts';
import type { RawOptions } from '../../commands/options.ts';
import { parseText } from '../../commands/parse-text.ts';
import { readForm, readStructured } from '../../commands/read-fields.ts';
import { readImagine } from '../../commands/read-imagine.ts';
import { ALL_MODELS, anInstallation } from './an-installation.ts';

const installation = anInstallation(ALL_MODELS);
const read = (given: Given) => readImagine(given as RawOptions, { ...installation, label: (name) => name });

/** Words with everything that a parser could stumble over. */
const words = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('a', 'red', 'fox', '東京', '🦊', "dog's", '(sky:1.3)') },
      {
        weight: 3,
        arbitrary: fc.constantFrom('--seed', '--style=x', '—style', '–no', '--', '-', '--x', '"', '“', '”'),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('\\', '\\"', "'", '{', '}', '\\{', '|', '{a|b}', '&amp;', '<b>', '='),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom(' ', '', '  ', '\n').map((gap) => parts.join(gap)));
const prompt = words.filter((text) => text.trim() !== '');
const given = fc.record(
  {
    prompt,
    style: fc.constantFrom(...installation.styles.map(({ name }) => name)),
    model: fc.constantFrom(...ALL_MODELS),
    seed: fc.maxSafeNat(),
    negative: words.filter((text) => text.trim() !== ''),
    aspect: fc.constantFrom('1:1', '3:2', '2:3', '16:9', '9:16', '4:1', '1:4', '1.7:1', '2.39:1'),
    steps: fc.integer({ min: 1, max: 150 }),
    cfg: fc.float({ min: 0, max: 30, noNaN: true }).map((cfg) => Number(cfg.toFixed(2))),
    count: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['prompt', 'seed', 'model'] },
);

/** A prompt may be refused (too many wildcards, a seed that draws nothing): then everywhere, with the same words. */
async function outcome(options: () => Given): Promise<unknown> {
  try {
    return await read(options());
  } catch (error) {
    return (error as Error).message;
  }
}

test('text, structured options and a form give the same request', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (options) => {
      const structured = await outcome(() => readStructured(options, imagine));
      const fields = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name, String(value)]),
      );
      expect(await outcome(() => readForm({ ...fields, strength: ' ', image: undefined }, imagine))).toEqual(
        structured,
      );
      expect(
        await outcome(() => parseText(formatCommand(options).slice('/imagine '.length), imagine)),
      ).toEqual(structured);
    }),
    { numRuns: 500 },
  );
});

test('a command read back has the very options it was written from', () => {
  fc.assert(
    fc.property(given, (options) => {
      const { command, given: back } = parseLine(formatCommand(options));
      expect(command.name).toBe('imagine');
      const texts = Object.entries(options).map(([name, value]) => [name, String(value)]);
      expect(back).toEqual(Object.fromEntries(texts));
    }),
    { numRuns: 1000 },
  );
});

test('“copy as command” makes the same picture for somebody with other defaults, also after a reroll', async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.maxSafeNat(), async (options, otherSeed) => {
      const asked = await outcome(() => options);
      if (typeof asked === 'string') return;
      const made = asked as Awaited<ReturnType<typeof read>>;
      const kept = { ...options } as KeptOptions;
      for (const request of [made, { ...made, seed: otherSeed }]) {
        const command = commandFor({ options: { ...kept, seed: request.seed }, request }, installation);
        const typed = parseText(command.slice('/imagine '.length), imagine);
        // Somebody whose own defaults differ in everything.
        const pasted = { style: 'anime', aspect: '4:1', model: 'nano', ...typed };
        const again = await outcome(() => pasted);
        // Words dressed in a style may be longer than what can be typed; then there is no such command.
        if (typeof again === 'string')
          expect([...request.prompt].length + [...request.negative].length).toBeGreaterThan(900);
        else expect(again).toEqual(request);
      }
    }),
    { numRuns: 500 },
  );
});

test.each<[Given, string]>([
  [{ prompt: 'a red fox' }, '/imagine a red fox'],
  [{ prompt: 'a red fox', style: 'line art', seed: 42 }, '/imagine a red fox --style "line art" --seed 42'],
  [{ prompt: 'a --seed fox', aspect: '3:2' }, '/imagine "a --seed fox" --aspect 3:2'],
  [{ prompt: '"quoted"', negative: 'say "no"' }, '/imagine "\\"quoted\\"" --negative "say \\"no\\""'],
  [{ prompt: 'a fox', image: new Uint8Array(3), strength: 0.5 }, '/imagine a fox'],
])('%j is written %s', (options, command) => {
  expect(formatCommand(options)).toBe(command);
});

test('what only a terminal can ask for is written with its flags', async () => {
  const request = await read({
    prompt: 'a fox',
    seed: 1,
    model: 'large',
    size: '1024x512',
    sampler: 'heun',
    slg: 2,
    'slg-layers': '1,2',
  });
  const command = commandFor(
    {
      options: {
        prompt: 'a fox',
        seed: 1,
        model: 'large',
        size: '1024x512',
        sampler: 'heun',
        slg: 2,
        'slg-layers': '1,2',
      },
      request,
    },
    installation,
  );
  expect(command).toContain('--size 1024x512');
  expect(command).toContain('--sampler heun');
  expect(command).toContain('--slg 2 --slg-layers 1,2');
  expect(command).not.toContain('--aspect');
});

test.each([
  [{ fox: 1 }, 'option.unknown', '"fox" is not an option; allowed: prompt, style,'],
  [{ sampler: 'euler' }, 'option.unknown', '"sampler" is not an option'],
  [{ prompt: ['a'] }, 'option.value', 'prompt is "["a"]"; allowed: text or a number.'],
  [{ seed: true }, 'option.value', 'seed is "true"'],
  [{ seed: { toString: 'x' } }, 'option.value', 'seed is'],
  [JSON.parse('{"__proto__": "x"}'), 'option.unknown', '__proto__'],
])('structured options %j are refused', (values, code, words) => {
  expect(() => readStructured(values, imagine)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) }),
  );
});
