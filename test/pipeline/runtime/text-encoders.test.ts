import { afterAll, describe, expect, it } from 'vitest';
import { openTextEncoders } from '../../../pipeline/runtime/text-encoders.ts';
import { tinyNetworks } from '../tiny-networks.ts';

const networks = tinyNetworks();
const encoders = openTextEncoders(networks, { device: 'cpu' });
afterAll(() => encoders.release());

describe.each([
  ['CLIP-L', encoders.clipL!, networks.clip_l.geometry],
  ['CLIP-G', encoders.clipG!, networks.clip_g.geometry],
] as const)('%s', (name, encode, { positions, hiddenSize, vocabSize }) => {
  const end = vocabSize - 1;
  const chunk = (...words: number[]) => {
    const ids = [end - 1, ...words, end];
    return [...ids, ...Array<number>(positions - ids.length).fill(0)];
  };

  it('gives a chunk the same encoding alone and beside another', async () => {
    const [one, other] = [chunk(320, 1125, 539), chunk(7)];
    const alone = await encode([other]);
    const both = await encode([one, other]);
    expect(both.hidden.shape).toEqual([2, positions, hiddenSize]);
    expect(both.pooled.shape).toEqual([2, hiddenSize]);
    expectClose(both.hidden.data.subarray(positions * hiddenSize), alone.hidden.data);
    expectClose(both.pooled.data.subarray(hiddenSize), alone.pooled.data);
  });

  it('lets no token see the ones after it', async () => {
    const before = await encode([chunk(320, 1125, 539)]);
    const after = await encode([chunk(320, 1125, 2368)]);
    const seen = 3 * hiddenSize;
    expectClose(after.hidden.data.subarray(0, seen), before.hidden.data.subarray(0, seen));
    expect(after.hidden.data.subarray(seen, seen + hiddenSize)).not.toEqual(
      before.hidden.data.subarray(seen, seen + hiddenSize),
    );
  });

  it('told to stop at a layer that it has not got, stops where it always does (as ComfyUI 0.33, tried there)', async () => {
    const stopped = openTextEncoders(networks, { device: 'cpu' }, -13);
    const ids = [chunk(320, 1125, 539)];
    try {
      const { hidden } = await (name === 'CLIP-L' ? stopped.clipL! : stopped.clipG!)(ids);
      expect(hidden.data).toEqual((await encode(ids)).hidden.data);
    } finally {
      await stopped.release();
    }
  });

  it('pools at the first end token, whatever follows it', async () => {
    const plain = chunk(320, 1125);
    const followed = plain.with(5, 539).with(6, end);
    expectClose((await encode([followed])).pooled.data, (await encode([plain])).pooled.data);
  });
});

describe('T5', () => {
  const { hiddenSize } = networks.t5xxl.geometry;

  it('encodes any length', async () => {
    for (const length of [1, 12, 150]) {
      const { shape } = await encoders.t5!(Array<number>(length).fill(3));
      expect(shape).toEqual([length, hiddenSize]);
    }
  });

  it('lets every token see the padding', async () => {
    const [short, long] = [await encoders.t5!([5, 6, 1]), await encoders.t5!([5, 6, 1, 0, 0])];
    const first = short.data.subarray(0, hiddenSize);
    const firstOfLonger = long.data.subarray(0, hiddenSize);
    expect(Math.max(...first.map((value, i) => Math.abs(value - firstOfLonger[i]!)))).toBeGreaterThan(1e-3);
  });
});

describe('the set of encoders', () => {
  it('has no T5 where the model has none', () => {
    const { clip_l, clip_g } = networks;
    expect(openTextEncoders({ clip_l, clip_g }, { device: 'cpu' }).t5).toBeUndefined();
  });

  it('releases what was opened, and nothing twice', async () => {
    const opened = openTextEncoders(networks, { device: 'cpu' });
    await opened.t5!([1]);
    await opened.release();
    await opened.release();
  });
});

function expectClose(ours: Float32Array, theirs: Float32Array): void {
  expect(ours.length).toBe(theirs.length);
  expect(Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)))).toBeLessThan(1e-5);
}
