import { describe, expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { encodePrompt } from '../../../pipeline/text/encode-prompt.ts';
import { tokenizeWords } from '../../../pipeline/text/prompt-words.ts';
import type { TextEncoders } from '../../../pipeline/text/text-encoders.ts';
import { textLayouts, tokenizePrompt } from '../../../pipeline/text/tokenize-prompt.ts';
import { SMALL_VOCABULARY, tokenizersIn } from './vocabularies.ts';

const POSITIONS = 32;
const T5_LENGTH = 40;
const CONTEXT_WIDTH = 6;
const WIDTHS = { context: CONTEXT_WIDTH, l: 2, g: 3 };

/** Encoders that give each token values made of its id and place, and remember what they were asked. */
function traceableEncoders() {
  const asked: { l: number[][][]; g: number[][][]; t5: number[][] } = { l: [], g: [], t5: [] };
  const values = (ids: readonly number[], width: number) =>
    ids.flatMap((id, place) => Array.from({ length: width }, (_, i) => id + place / 64 + i / 8));
  const clip = (name: 'l' | 'g', width: number) => async (ids: readonly (readonly number[])[]) => {
    asked[name].push(ids.map((row) => [...row]));
    return {
      hidden: {
        data: Float32Array.from(ids.flatMap((row) => values(row, width))),
        shape: [ids.length, POSITIONS, width],
      },
      pooled: {
        data: Float32Array.from(ids.flatMap((row) => new Array<number>(width).fill(row[1]!))),
        shape: [ids.length, width],
      },
    };
  };
  const encoders: TextEncoders = {
    clipL: clip('l', 2),
    clipG: clip('g', 3),
    t5: async (ids) => {
      asked.t5.push([...ids]);
      return { data: Float32Array.from(values(ids, CONTEXT_WIDTH)), shape: [ids.length, CONTEXT_WIDTH] };
    },
  };
  return { encoders, asked };
}

async function encode(prompt: string, options: { withT5?: boolean } = {}) {
  const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
  const { encoders, asked } = traceableEncoders();
  const { t5: _, ...twoEncoders } = encoders;
  const withT5 = options.withT5 ?? true;
  const layouts = textLayouts(tokenizers, {
    clipL: { positions: POSITIONS },
    clipG: { positions: POSITIONS },
    ...(withT5 && { t5: { minLength: T5_LENGTH } }),
  });
  const tokens = tokenizePrompt(prompt, tokenizers, layouts);
  const encoded = await encodePrompt(tokens, layouts, withT5 ? encoders : twoEncoders, WIDTHS);
  return { encoded, asked, tokens };
}

test('CLIP features stand side by side, filled up with zeros, T5 follows; y is both pooled vectors', async () => {
  const { encoded, tokens } = await encode('a red circle');
  const { context, y, t5Hidden } = encoded;
  expect(context.shape).toEqual([1, POSITIONS + T5_LENGTH, CONTEXT_WIDTH]);
  const [l, g] = [tokens.l[0]!.ids, tokens.g[0]!.ids];
  for (const token of [0, 1, 31]) {
    const place = token / 64;
    expect([...context.data.subarray(token * CONTEXT_WIDTH, (token + 1) * CONTEXT_WIDTH)]).toEqual([
      l[token]! + place,
      l[token]! + place + 1 / 8,
      g[token]! + place,
      g[token]! + place + 1 / 8,
      g[token]! + place + 2 / 8,
      0,
    ]);
  }
  expect(context.data.slice(POSITIONS * CONTEXT_WIDTH)).toEqual(t5Hidden!.data);
  expect([...y.data]).toEqual([l[1], l[1], g[1], g[1], g[1]]);
  expect(y.shape).toEqual([1, 5]);
});

test('without T5 the context is the CLIP part alone', async () => {
  const { encoded } = await encode('a red circle', { withT5: false });
  expect(encoded.context.shape).toEqual([1, POSITIONS, CONTEXT_WIDTH]);
  expect(encoded.t5Hidden).toBeUndefined();
});

test('a plain prompt costs one run an encoder; a weighted one also encodes the empty prompt', async () => {
  const plain = await encode('a red circle');
  expect([plain.asked.l[0]!.length, plain.asked.g[0]!.length, plain.asked.t5.length]).toEqual([1, 1, 1]);
  const weighted = await encode('a (red:1.5) circle');
  const [start, end] = [1022, 1023];
  expect(weighted.asked.l[0]!.at(-1)).toEqual([start, ...new Array<number>(POSITIONS - 1).fill(end)]);
  expect(weighted.asked.g[0]!.at(-1)).toEqual([start, end, ...new Array<number>(POSITIONS - 2).fill(0)]);
  expect(weighted.asked.t5[1]).toEqual([1, ...new Array<number>(T5_LENGTH - 1).fill(0)]);
});

test('(1.0) in so many words is a plain prompt', async () => {
  const { asked } = await encode('a (red:1.0) circle');
  expect(asked.l[0]).toHaveLength(1);
});

test('a weighted token moves away from the empty prompt, the others and the pooled vectors stay', async () => {
  const { encoded: plain } = await encode('a red circle');
  const { encoded: weighted, tokens, asked } = await encode('a (red:1.5) circle');
  const place = tokens.l[0]!.weights.indexOf(1.5);
  const empty = asked.l[0]!.at(-1)!;
  const expected = plain.lHidden!.data.map((z, i) => {
    const token = Math.floor(i / 2);
    const e = empty[token]! + token / 64 + (i % 2) / 8;
    return token === place ? (z - e) * 1.5 + e : z;
  });
  expect(place).toBe(2);
  expect(weighted.lHidden!.data).toEqual(expected);
  expect(weighted.y).toEqual(plain.y);
});

test('a weight of 0 gives the empty prompt at that place', async () => {
  const { encoded, asked } = await encode('(red:0)');
  const empty = asked.t5[1]!;
  expect(encoded.t5Hidden!.data[0]).toBe(empty[0]);
});

test('chunks follow each other along the tokens, pooled comes from the first', async () => {
  const { encoded, tokens } = await encode('red circle '.repeat(20));
  expect(tokens.l).toHaveLength(2);
  expect(encoded.lHidden!.shape).toEqual([1, 2 * POSITIONS, 2]);
  expect(encoded.lPooled!.data[0]).toBe(tokens.l[0]!.ids[1]);
  expect(encoded.t5Hidden!.shape[1]).toBe(41);
  expect(encoded.context.shape).toEqual([1, 2 * POSITIONS + 41, CONTEXT_WIDTH]);
});

test.each(['(a:1e300)', '(a:nan)', '(a:-inf)', `${'('.repeat(900)}a${')'.repeat(900)}`])(
  'a weight that cannot be computed with is refused: %s',
  async (prompt) => {
    const error = await encode(prompt).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({ code: 'prompt.weight', blame: 'input' });
  },
);

test('features that do not fit the context are refused', async () => {
  const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
  const geometry = { clipL: { positions: POSITIONS }, clipG: { positions: POSITIONS } };
  const layouts = textLayouts(tokenizers, geometry);
  const tokens = tokenizePrompt('a', tokenizers, layouts);
  const { encoders } = traceableEncoders();
  await expect(encodePrompt(tokens, layouts, encoders, { ...WIDTHS, context: 4 })).rejects.toThrow(
    RangeError,
  );
});

test('an encoder that is not there leaves zeros in its place', async () => {
  const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
  const { encoders } = traceableEncoders();
  const layouts = textLayouts(tokenizers, { clipG: { positions: POSITIONS } });
  const tokens = tokenizePrompt('a', tokenizers, layouts);
  const { context, y } = await encodePrompt(tokens, layouts, { clipG: encoders.clipG! }, WIDTHS);
  expect(context.shape).toEqual([1, POSITIONS, CONTEXT_WIDTH]);
  expect([...context.data.subarray(0, 2)]).toEqual([0, 0]);
  expect(context.data[2]).toBe(tokens.g[0]!.ids[0]);
  expect([...y.data.subarray(0, 2)]).toEqual([0, 0]);
  expect(y.data[2]).toBe(tokens.g[0]!.ids[1]);
});

describe('words of their own for each encoder', () => {
  const threeWords = async (l: string, g: string, t5: string, emptyPadding: 'none' | 'empty_prompt') => {
    const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
    const layouts = textLayouts(tokenizers, {
      clipL: { positions: POSITIONS },
      clipG: { positions: POSITIONS },
      t5: { minLength: T5_LENGTH },
    });
    const { encoders, asked } = traceableEncoders();
    const tokens = tokenizeWords({ l, g, t5, emptyPadding }, tokenizers, layouts);
    return { asked, tokens, encoded: await encodePrompt(tokens, layouts, encoders, WIDTHS) };
  };

  test('without padding, an empty text is left out: of T5 the end token stays, of both CLIPs nothing', async () => {
    const { encoded, asked } = await threeWords('', '', '', 'none');
    expect(asked.t5).toEqual([[1]]);
    expect(encoded.context.shape).toEqual([1, 1, CONTEXT_WIDTH]);
    expect(encoded.y.data.every((value) => value === 0)).toBe(true);
    const { encoded: withL } = await threeWords('a', '', '', 'none');
    expect(withL.context.shape[1]).toBe(POSITIONS + 1);
  });

  test('a CLIP with fewer chunks is filled up with the empty prompt', async () => {
    const { tokens } = await threeWords('', 'red circle '.repeat(20), 'a', 'none');
    expect(tokens.g).toHaveLength(2);
    expect(tokens.l).toHaveLength(2);
    expect(tokens.l[0]!.ids.slice(0, 3)).toEqual([1022, 1023, 1023]);
  });

  test('with padding, an empty text is encoded like any other', async () => {
    const { encoded } = await threeWords('', '', '', 'empty_prompt');
    expect(encoded.context.shape[1]).toBe(POSITIONS + T5_LENGTH);
  });
});
