import { expect, test } from 'vitest';
import type { Command } from '../../commands/command.ts';
import { imagine } from '../../commands/imagine.ts';
import { parseLine } from '../../commands/index.ts';
import { parseText } from '../../commands/parse-text.ts';
import { queue } from '../../commands/queue.ts';
import type { Fault } from '../../config/faults.ts';
import { processorTime } from '../processor-time.ts';

const parse = (text: string, command: Command = imagine) => parseText(text, command);
const refused = (text: string, command?: Command): Fault => {
  try {
    parse(text, command);
  } catch (error) {
    return error as Fault;
  }
  throw new Error(`accepted: ${text}`);
};

test('the contract’s example', () => {
  expect(parse('a red fox --style anime --model large --seed 42 --aspect 3:2 --negative "text"')).toEqual({
    prompt: 'a red fox',
    style: 'anime',
    model: 'large',
    seed: '42',
    aspect: '3:2',
    negative: 'text',
  });
});

test.each<[string, Record<string, string>]>([
  ['a red fox', { prompt: 'a red fox' }],
  ['  a red fox \n', { prompt: 'a red fox' }],
  ['a  red\nfox', { prompt: 'a  red\nfox' }],
  ['', {}],
  ['--seed 3', { seed: '3' }],
  ['--seed 3 a fox', { seed: '3', prompt: 'a fox' }],
  ['a --seed 3 fox', { seed: '3', prompt: 'a fox' }],
  ['a fox --seed=3', { seed: '3', prompt: 'a fox' }],
  ['a fox\n--seed\n3', { seed: '3', prompt: 'a fox' }],
  ['a fox --SEED 3 --Style anime', { seed: '3', style: 'anime', prompt: 'a fox' }],
  ['a fox --cfg -1', { cfg: '-1', prompt: 'a fox' }],
  ['a fox --style "line art" in snow', { style: 'line art', prompt: 'a fox in snow' }],
  ["a fox --style 'line art' in snow", { style: 'line art', prompt: 'a fox in snow' }],
  ['a fox --style="line art"', { style: 'line art', prompt: 'a fox' }],
  ['a fox --style “line art”', { style: 'line art', prompt: 'a fox' }],
  ['a fox --style=„line art“', { style: 'line art', prompt: 'a fox' }],
  ['a fox --style «line art»', { style: 'line art', prompt: 'a fox' }],
  ['a fox --style ‘line art’ --seed 1', { style: 'line art', seed: '1', prompt: 'a fox' }],
  ['a fox --negative ""', { negative: '', prompt: 'a fox' }],
  ['a fox --negative=', { negative: '', prompt: 'a fox' }],
  ['a fox --negative "say \\"no\\" \\\\ \\n"', { negative: 'say "no" \\ \\n', prompt: 'a fox' }],
  ['a fox --negative "--seed 3"', { negative: '--seed 3', prompt: 'a fox' }],
  ['a fox --negative=--odd', { negative: '--odd', prompt: 'a fox' }],
  // Midjourney's way: text reaches to the next flag
  ['a fox --negative ugly, blurry --seed 1', { negative: 'ugly, blurry', seed: '1', prompt: 'a fox' }],
  ['a fox --no ugly, blurry --ar 3:2', { negative: 'ugly, blurry', aspect: '3:2', prompt: 'a fox' }],
  ["a fox --negative dog's tail", { negative: "dog's tail", prompt: 'a fox' }],
  ['--negative blurry a fox', { negative: 'blurry', prompt: 'a fox' }],
  // dashes that clients make of "--"
  ['a fox —style anime —seed 42', { style: 'anime', seed: '42', prompt: 'a fox' }],
  ['a fox –style anime', { style: 'anime', prompt: 'a fox' }],
  ['a fox ––style anime', { style: 'anime', prompt: 'a fox' }],
  ['a fox —-style=anime', { style: 'anime', prompt: 'a fox' }],
  ['a fox — running —fast', { prompt: 'a fox — running —fast' }],
  ['a city—style unknown', { prompt: 'a city—style unknown' }],
  ['well -style fox', { prompt: 'well -style fox' }],
  ['a fox -- running', { prompt: 'a fox -- running' }],
  ['a --__proto__ fox', { prompt: 'a --__proto__ fox' }],
  ['a fox--seed 3', { prompt: 'a fox--seed 3' }],
  // quotation marks in the words
  ['"a red fox"', { prompt: 'a red fox' }],
  ['“a red fox” --seed 1', { prompt: 'a red fox', seed: '1' }],
  ['--seed 1 "a red fox"', { prompt: 'a red fox', seed: '1' }],
  ['"a" and "b"', { prompt: '"a" and "b"' }],
  ['a sign "buy --now" --seed 1', { prompt: 'a sign "buy --now"', seed: '1' }],
  ['a 6" pipe --seed 1', { prompt: 'a 6" pipe', seed: '1' }],
  ['a " fox --seed 1', { prompt: 'a " fox', seed: '1' }],
  ['a 6 " pipe --negative "ugly" --seed 1', { prompt: 'a 6 " pipe', negative: 'ugly', seed: '1' }],
  ['a "red --negative="ugly"', { prompt: 'a "red', negative: 'ugly' }],
  ['"a red "fox" here" --seed 1', { prompt: '"a red "fox" here"', seed: '1' }],
  ["the dog's --seed 1", { prompt: "the dog's", seed: '1' }],
  ['--prompt "a fox" --seed 1', { prompt: 'a fox', seed: '1' }],
  // what belongs to the prompt's own language stays
  ['(red:1.3) fox \\(x\\) {a|b} <b> 東京 🦊', { prompt: '(red:1.3) fox \\(x\\) {a|b} <b> 東京 🦊' }],
  [
    'a fox --image https://cdn.discordapp.com/a.png?x=1&y=2',
    { prompt: 'a fox', image: 'https://cdn.discordapp.com/a.png?x=1&y=2' },
  ],
])('%j', (text, values) => {
  expect(parse(text)).toEqual(values);
});

test.each<[string, string, string]>([
  [
    'a --stile anime',
    'option.unknown',
    '"--stile" is not an option; did you mean --style (of --style, --model,',
  ],
  [
    'a --toString 1',
    'option.unknown',
    'allowed: --style, --model, --seed, --negative, --aspect, --steps, --cfg, --count, --image, --strength, --mask, ',
  ],
  ['a --sampler euler', 'option.unknown', '"--sampler" is not an option'],
  ['a --seed', 'option.no_value', '--seed has no value; allowed: a whole number'],
  ['a --seed --style anime', 'option.no_value', '--seed has no value'],
  ['a --seed 1 --seed 2', 'option.repeated', '--seed is given twice'],
  ['a --prompt b', 'option.repeated', '--prompt is given twice'],
])('%j is refused', (text, code, words) => {
  const fault = refused(text);
  expect(fault).toMatchObject({ code, blame: 'input', message: expect.stringContaining(words) });
});

test('a command without words of its own refuses them', () => {
  expect(parse('', queue)).toEqual({});
  expect(refused('of mine', queue).message).toBe('/queue takes no text, but "of mine" was given.');
});

test('a line names its command; without one it is a prompt', () => {
  expect(parseLine('/imagine a fox --seed 1')).toMatchObject({
    command: { name: 'imagine' },
    given: { prompt: 'a fox', seed: '1' },
  });
  expect(parseLine('/Queue')).toMatchObject({ command: { name: 'queue' } });
  expect(parseLine('a fox')).toMatchObject({ command: { name: 'imagine' }, given: { prompt: 'a fox' } });
  expect(parseLine('/home/fox')).toMatchObject({ given: { prompt: '/home/fox' } });
  expect(() => parseLine('/draw a fox')).toThrow('"/draw" is not a command; allowed: /imagine,');
});

/** Steps that grow with the square of the length would take minutes for a megabyte; nobody waits that long. */
test.each([
  ['"a ', 'openings that never close'],
  ['--negative "', 'values that never close'],
  ["--style 'a ", 'single quotes'],
  ['—a ', 'dashes'],
  ['\\"', 'escapes'],
  ['" ', 'quotation marks'],
  ['-', 'hyphens'],
  [' ', 'blanks'],
  ['\n\t\u00a0', 'white space'],
])('a megabyte of %j is done with at once', (piece) => {
  const text = piece.repeat(Math.ceil(1e6 / piece.length));
  const time = processorTime(() => {
    try {
      parse(text);
    } catch (error) {
      expect(error).toMatchObject({ blame: 'input' });
    }
  });
  expect(time).toBeLessThan(5000);
});
