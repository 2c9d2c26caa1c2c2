import { expect, test } from 'vitest';
import { parsePromptWeights } from '../../../pipeline/text/prompt-weights.ts';

/** Prompt, and the runs that ComfyUI's token_weights gives. */
const CASES: readonly [prompt: string, ...runs: [text: string, weight: number][]][] = [
  [''],
  ['a cat', ['a cat', 1]],
  ['(red:1.3) car', ['red', 1.3], [' car', 1]],
  ['a (blue) sky', ['a ', 1], ['blue', 1.1], [' sky', 1]],
  ['((very))', ['very', 1.1 * 1.1]],
  ['(a (b:1.5) c:1.2) d', ['a ', 1.2], ['b', 1.5], [' c', 1.2], [' d', 1]],
  ['(a (b) c:2)', ['a ', 2], ['b', 2.2], [' c', 2]],
  ['smile \\(x\\) (w \\(y\\):1.4)', ['smile (x) ', 1], ['w (y)', 1.4]],
  ['\\(a:1.5\\)', ['(a:1.5)', 1]],
  ['\\\\(a)', ['\\(a)', 1]],
  ['(a:b)', ['a:b', 1.1]],
  ['(:1.2)', [':1.2', 1.1]],
  ['(baz:)', ['baz:', 1.1]],
  ['(a:1.2:1.3)', ['a:1.2', 1.3]],
  ['(a:-1)', ['a', -1]],
  ['(a:1e3)', ['a', 1000]],
  ['(a:0)', ['a', 0]],
  ['(a: 1.2 )', ['a', 1.2]],
  ['(a:１.３)', ['a', 1.3]],
  ['(a:1,3)', ['a:1,3', 1.1]],
  ['()'],
  ['()()x', ['x', 1]],
  ['(:)', [':', 1.1]],
  ['[less] [[b:0.5]]', ['[less] [[b:0.5]]', 1]],
  ['<lora:foo:0.8> BREAK', ['<lora:foo:0.8> BREAK', 1]],
  ['closing ) first (then open', ['closing ) first (then open', 1]],
  ['a) (b) (c)', ['a) (b) (c)', 1]],
  ['a) (b (c)', ['a) (b ', 1], ['c', 1.1]],
  ['open ( end', ['open ', 1], ['( end', 1]],
  ['((a)', ['(a', 1.1]],
  ['(((a))', ['(a', 1.1 * 1.1]],
  ['((a)(b:2)', ['a', 2.2], ['(b', 2]],
  ['(a (b:1.2) ', ['(a (b:1.2) ', 1]],
];

test.each(CASES)('%j is weighted as in ComfyUI', (prompt, ...runs) => {
  expect(parsePromptWeights(prompt)).toEqual(runs.map(([text, weight]) => ({ text, weight })));
});

test('weights that Python reads as infinite or not a number are read so', () => {
  expect(parsePromptWeights('(a:inf)(b:-Infinity)(c:nan)(d:1e400)').map(({ weight }) => weight)).toEqual([
    Infinity,
    -Infinity,
    Number.NaN,
    Infinity,
  ]);
});

/** Anything quadratic, or recursive in the depth of nesting, does not get through these. */
const MANY = 300_000;
test.each([
  ['open parentheses', '('.repeat(MANY)],
  ['closing parentheses', ')'.repeat(MANY)],
  ['nested groups', `${'('.repeat(MANY)}a:1.5${')'.repeat(MANY)}`],
  ['nested groups round a colon', `${'('.repeat(MANY)}a:${'1'.repeat(MANY)}x${')'.repeat(MANY)}`],
  ['groups that never close but end with a parenthesis', `${'('.repeat(2 * MANY)}a${')'.repeat(MANY)}`],
  ['groups in a row', '(a:1.2)'.repeat(MANY)],
  ['colons', `(${':'.repeat(MANY)})`],
])('a million characters of %s are read in one pass', (_, prompt) => {
  const runs = parsePromptWeights(prompt);
  expect(runs.length).toBeLessThanOrEqual(MANY);
});

test('the inner weight of many nested groups is the explicit one', () => {
  const prompt = `${'('.repeat(MANY)}a:1.5${')'.repeat(MANY)}`;
  expect(parsePromptWeights(prompt)).toEqual([{ text: 'a', weight: 1.5 }]);
});
