/** What nodes do that no case of the reference uses, by the rules of ComfyUI's source (nodes.py, comfy_extras/). */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { elements, type FloatTensor } from '../../../pipeline/float-tensor.ts';
import type { Mask } from '../../../pipeline/sampling/mask.ts';
import { Latent } from '../../../pipeline/workflow/latent.ts';
import type { ControlUse, Entry, Guider, Model, Noise } from '../../../pipeline/workflow/values.ts';
import { aRunContext, runNode } from './run-node.ts';

const mask = (rows: readonly (readonly number[])[]): Mask => ({
  data: Float32Array.from(rows.flat()),
  shape: [1, rows.length, rows[0]!.length],
});
const rowsOf = ({ data, shape: [, height, width] }: Mask) =>
  Array.from({ length: height }, (_, y) => [...data.slice(y * width, (y + 1) * width)]);
const counting = (...shape: number[]): FloatTensor => ({
  data: Float32Array.from({ length: elements(shape) }, (_, i) => i),
  shape,
});
const near = (values: Iterable<number>, expected: readonly number[], digits = 5) => {
  const found = [...values];
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, digits);
};
const first = async <T>(name: string, inputs: Parameters<typeof runNode>[1], context = aRunContext()) =>
  (await runNode(name, inputs, context))[0] as T;

describe('schedules', () => {
  test('KarrasScheduler: even steps of sigma to the power 1/rho, and a zero', async () => {
    const sigmas = await first<Float32Array>('KarrasScheduler', {
      steps: 3,
      sigma_max: 16,
      sigma_min: 1,
      rho: 2,
    });
    near(sigmas, [16, 6.25, 1, 0]);
  });

  test('ExponentialScheduler: even steps of the logarithm', async () => {
    const sigmas = await first<Float32Array>('ExponentialScheduler', {
      steps: 3,
      sigma_max: 16,
      sigma_min: 1,
    });
    near(sigmas, [16, 4, 1, 0]);
  });

  test('PolyexponentialScheduler: the logarithm bent by rho', async () => {
    const inputs = { steps: 3, sigma_max: Math.E ** 4, sigma_min: 1, rho: 2 };
    const sigmas = await first<Float32Array>('PolyexponentialScheduler', inputs);
    near(sigmas, [Math.E ** 4, Math.E, 1, 0], 4);
  });

  const sigmas = Float32Array.of(1, 0.75, 0.5, 0.25, 0);

  test.each([
    [0.5, [1, 0.75, 0.5], [0.5, 0.25, 0]],
    [1, [1], [1, 0.75, 0.5, 0.25, 0]],
    [0, [], [0]],
    // Half a step is rounded to the even one, as Python rounds.
    [0.625, [1, 0.75, 0.5], [0.5, 0.25, 0]],
  ])('SplitSigmasDenoise at %s', async (denoise, high, low) => {
    const [a, b] = await runNode('SplitSigmasDenoise', { sigmas, denoise });
    expect([...(a as Float32Array)]).toEqual(high);
    expect([...(b as Float32Array)]).toEqual(low);
  });

  test('FlipSigmas never begins with zero', async () => {
    near(await first<Float32Array>('FlipSigmas', { sigmas }), [0.0001, 0.25, 0.5, 0.75, 1]);
  });

  test('SetFirstSigma changes the first alone', async () => {
    near(await first<Float32Array>('SetFirstSigma', { sigmas, sigma: 0.9 }), [0.9, 0.75, 0.5, 0.25, 0]);
  });
});

describe('sampling in parts', () => {
  test('BasicGuider has one conditioning, and no guidance', async () => {
    const conditioning: Entry[] = [];
    const guider = await first<Guider>('BasicGuider', { model: {} as Model, conditioning });
    expect(guider).toMatchObject({ positive: conditioning, negative: [], cfg: 1 });
  });

  test('DisableNoise is silence', async () => {
    const noise = await first<Noise>('DisableNoise', {});
    const latent = Latent.ofVae(counting(1, 16, 2, 2));
    expect(noise.make(latent)).toEqual(new Float32Array(64));
  });
});

describe('latents', () => {
  test('EmptyLatentImage becomes as wide as the model wants it', async () => {
    const latent = await first<Latent>('EmptyLatentImage', { width: 20, height: 16, batch_size: 2 });
    expect(latent.shape).toEqual([2, 16, 2, 2]);
    expect(latent.start).toEqual(new Float32Array(128));
  });

  const four = Latent.ofVae(counting(4, 1, 1, 2), {
    noiseMask: { data: Float32Array.of(0, 1, 2, 3), shape: [4, 1, 1] },
  });

  test.each([
    [1, 2, [2, 3, 4, 5], [1, 2]],
    [3, 9, [6, 7], [3]],
    [9, 1, [6, 7], [3]],
    [500, 64, [6, 7], [3]],
    // From the end, as a Python list.
    [-1, 2, [6, 7], [3]],
    [-3, 2, [2, 3, 4, 5], [1, 2]],
    [-9, 1, [0, 1], [0]],
  ])(
    'LatentFromBatch from %d, %d of them, with the masks and the noise of their places',
    async (from, length, data, places) => {
      const some = await first<Latent>('LatentFromBatch', { samples: four, batch_index: from, length });
      expect([...some.vae.data]).toEqual(data);
      expect(some.batchIndex).toEqual(places);
      expect([...some.noiseMask!.data]).toEqual(places);
    },
  );

  test('LatentBatch brings the second to the size of the first', async () => {
    const samples1 = Latent.ofVae(counting(1, 1, 1, 2));
    const samples2 = Latent.ofVae({ data: Float32Array.of(5, 5, 7, 7), shape: [1, 1, 1, 4] });
    const both = await first<Latent>('LatentBatch', { samples1, samples2 });
    expect(both.shape).toEqual([2, 1, 1, 2]);
    expect([...both.vae.data]).toEqual([0, 1, 5, 7]);
    expect(both.batchIndex).toEqual([0, 0]);
  });
});

describe('masks', () => {
  test('SolidMask, InvertMask, ThresholdMask', async () => {
    expect(rowsOf(await first<Mask>('SolidMask', { value: 0.25, width: 2, height: 1 }))).toEqual([
      [0.25, 0.25],
    ]);
    expect(rowsOf(await first<Mask>('InvertMask', { mask: mask([[0, 0.25, 1]]) }))).toEqual([[1, 0.75, 0]]);
    const threshold = { mask: mask([[0.4, 0.5, 0.6]]), value: 0.5 };
    expect(rowsOf(await first<Mask>('ThresholdMask', threshold))).toEqual([[0, 0, 1]]);
  });

  test('FeatherMask fades in from every border', async () => {
    const feather = (left: number, right: number) =>
      first<Mask>('FeatherMask', { mask: mask([[1, 1, 1, 1]]), left, top: 0, right, bottom: 0 });
    // right = 2: the last column times 1/2, the one before it times 2/2.
    expect(rowsOf(await feather(0, 2))).toEqual([[1, 1, 1, 0.5]]);
    expect(rowsOf(await feather(4, 0))).toEqual([[0.25, 0.5, 0.75, 1]]);
    expect(rowsOf(await feather(2, 4))).toEqual([[0.5, 0.75, 0.5, 0.25]]);
  });

  test('MaskToImage is grey', async () => {
    const { data, shape } = await first<FloatTensor>('MaskToImage', { mask: mask([[0, 0.5]]) });
    expect(shape).toEqual([1, 3, 1, 2]);
    expect([...data]).toEqual([0, 0.5, 0, 0.5, 0, 0.5]);
  });

  test('LoadImageMask takes one channel, the alpha channel turned round', async () => {
    const data = Uint8Array.of(255, 0, 51, 102, 0, 255, 0, 255);
    const png = await sharp(data, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    const context = aRunContext({ picture: () => png });
    const channel = async (name: string) => [
      ...(await first<Mask>('LoadImageMask', { image: 'x.png', channel: name }, context)).data,
    ];
    near(await channel('red'), [1, 0]);
    near(await channel('green'), [0, 1]);
    near(await channel('blue'), [0.2, 0]);
    near(await channel('alpha'), [0.6, 0]);
  });
});

describe('pictures', () => {
  test('ImageInvert, ImageScaleBy', async () => {
    const image = { data: Float32Array.of(0, 1, 0, 1, 0.25, 0.75), shape: [1, 3, 1, 2] };
    near((await first<FloatTensor>('ImageInvert', { image })).data, [1, 0, 1, 0, 0.75, 0.25]);
    const half = { image, upscale_method: 'area', scale_by: 0.5 };
    near((await first<FloatTensor>('ImageScaleBy', half)).data, [0.5, 0.5, 0.5]);
  });

  test('ImageBatch brings the second to the size of the first', async () => {
    const image1 = { data: new Float32Array(6), shape: [1, 3, 1, 2] };
    const image2 = { data: new Float32Array(24).fill(1), shape: [1, 3, 2, 4] };
    const { data, shape } = await first<FloatTensor>('ImageBatch', { image1, image2 });
    expect(shape).toEqual([2, 3, 1, 2]);
    expect([...data]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  });

  test('ImagePadForOutpaint: grey beside, and a mask that fades with the square of the distance', async () => {
    const image = { data: new Float32Array(3 * 5 * 5).fill(1), shape: [1, 3, 5, 5] };
    const borders = { left: 2, top: 0, right: 0, bottom: 0, feathering: 2 };
    const [padded, over] = (await runNode('ImagePadForOutpaint', { image, ...borders })) as [
      FloatTensor,
      Mask,
    ];
    expect(padded.shape).toEqual([1, 3, 5, 7]);
    expect([...padded.data.slice(0, 7)]).toEqual([0.5, 0.5, 1, 1, 1, 1, 1]);
    // At the seam the distance is 0: (2 - 0) / 2 squared; then (2 - 1) / 2 squared.
    expect(rowsOf(over)[0]).toEqual([1, 1, 1, 0.25, 0, 0, 0]);
  });

  test('without room for both of its sides the mask does not fade', async () => {
    const image = { data: new Float32Array(3 * 4 * 4), shape: [1, 3, 4, 4] };
    const borders = { left: 0, top: 1, right: 0, bottom: 0, feathering: 2 };
    const [, over] = (await runNode('ImagePadForOutpaint', { image, ...borders })) as [FloatTensor, Mask];
    expect(rowsOf(over)).toEqual([
      [1, 1, 1, 1],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });
});

describe('conditioning', () => {
  const entry: Entry = { context: counting(1, 1, 2), y: counting(1, 2) };

  test('a rectangle set behind a mask takes the place of the one around the mask', async () => {
    // nodes.py: ConditioningSetArea sets `set_area_to_bounds` to False.
    const conditioning = [{ context: counting(1, 1, 1), y: counting(1, 1) }];
    const bounded = { conditioning, mask: mask([[1]]), strength: 0.5, set_cond_area: 'mask bounds' };
    const inputs = { width: 64, height: 32, x: 8, y: 0, strength: 1 };
    const masked = await first<Entry[]>('ConditioningSetMask', bounded);
    expect(masked[0]!.mask).toMatchObject({ bounds: true });
    const [entry] = await first<Entry[]>('ConditioningSetArea', { conditioning: masked, ...inputs });
    expect(entry!.mask).toMatchObject({ strength: 0.5, bounds: false });
    expect(entry!.area).toEqual({ unit: 'latent', height: 4, width: 8, y: 0, x: 1 });
  });

  test('ConditioningSetAreaStrength holds for every entry', async () => {
    const inputs = { conditioning: [entry, { ...entry, strength: 3 }], strength: 0.5 };
    const changed = await first<Entry[]>('ConditioningSetAreaStrength', inputs);
    expect(changed.map(({ strength }) => strength)).toEqual([0.5, 0.5]);
  });

  const image = counting(1, 3, 1, 1);
  const control_net = { file: '/c.safetensors' };

  test('ControlNetApply holds for both sides, all the time, and another one stands behind it', async () => {
    const one = await first<Entry[]>('ControlNetApply', {
      conditioning: [entry],
      control_net,
      image,
      strength: 0.5,
    });
    const use: Partial<ControlUse> = { strength: 0.5, start: 0, end: 1, onOtherSide: true };
    expect(one[0]!.controls).toMatchObject([use]);
    const second = { conditioning: one, control_net: { file: '/d' }, image, strength: 1 };
    const two = await first<Entry[]>('ControlNetApply', second);
    expect(two[0]!.controls!.map(({ net }) => net.file)).toEqual(['/c.safetensors', '/d']);
  });

  test('of no strength it is none', async () => {
    const inputs = { conditioning: [entry], control_net, image, strength: 0 };
    expect(await first('ControlNetApply', inputs)).toEqual([entry]);
  });

  test('SetUnionControlNetType leaves a ControlNet of one type as it is', async () => {
    expect(await first('SetUnionControlNetType', { control_net, type: 'depth' })).toBe(control_net);
  });
});

test.each([
  ['PrimitiveInt', 7],
  ['PrimitiveFloat', 0.5],
  ['PrimitiveString', 'a'],
  ['PrimitiveStringMultiline', 'a\nb'],
  ['PrimitiveBoolean', true],
])('%s is its value', async (name, value) => {
  expect(await first(name, { value })).toBe(value);
});
