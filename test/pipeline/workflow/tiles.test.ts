import { afterAll, describe, expect, test } from 'vitest';
import { openCatalogue } from '../../../bot/catalogue.ts';
import { readSettings } from '../../../config/settings.ts';
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import { holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { overlapOf, tiledScale } from '../../../pipeline/workflow/tiled-scale.ts';
import { aRunContext, runNode } from './run-node.ts';

describe('a picture put through tile by tile', () => {
  const ramp = { data: Float32Array.from({ length: 2 * 6 * 7 }, (_, i) => i), shape: [1, 2, 6, 7] };

  test('is what it is whole where the work does not look beyond a place', async () => {
    const doubled = (tile: FloatTensor) => Promise.resolve({ ...tile, data: tile.data.map((x) => 2 * x) });
    const made = await tiledScale(ramp, doubled, { width: 3, height: 4, overlap: 1, scale: 1 });
    expect(made.shape).toEqual(ramp.shape);
    for (const [i, value] of made.data.entries()) expect(value).toBeCloseTo(2 * i, 4);
  });

  /** ComfyUI's rule by hand: rows of 5 in tiles of 3 with 1 over, twice as wide: fades of 1/2, 1 on both ends. */
  test('fades from one tile into the next', async () => {
    let tile = 0;
    const numbered = ({ shape }: FloatTensor) => {
      tile++;
      const columns = 2 * shape[3]!;
      return Promise.resolve({ data: new Float32Array(2 * columns).fill(tile), shape: [1, 1, 2, columns] });
    };
    const row = { data: new Float32Array(5), shape: [1, 1, 1, 5] };
    const made = await tiledScale(row, numbered, { width: 3, height: 1, overlap: 1, scale: 2 });
    // Tile 1 covers places 0 to 5 with weights .5 1 1 1 1 .5, tile 2 covers 4 to 9 with the same.
    const at4 = (1 * 1 + 2 * 0.5) / 1.5;
    const at5 = (1 * 0.5 + 2 * 1) / 1.5;
    const expected = [1, 1, 1, 1, at4, at5, 2, 2, 2, 2];
    for (const y of [0, 1])
      for (const [x, value] of expected.entries()) expect(made.data[y * 10 + x]).toBeCloseTo(value, 5);
  });

  test('that fits into one tile is taken whole, each picture of a batch by itself', async () => {
    const seen: (readonly number[])[] = [];
    const same = (one: FloatTensor) => {
      seen.push(one.shape);
      return Promise.resolve(one);
    };
    const two = { data: ramp.data, shape: [2, 1, 6, 7] };
    expect(await tiledScale(two, same, { width: 7, height: 6, overlap: 2, scale: 1 })).toEqual(two);
    expect(seen).toEqual([
      [1, 1, 6, 7],
      [1, 1, 6, 7],
    ]);
  });

  test.each([
    [64, 512, 64],
    [512, 512, 128],
    [32, 64, 16],
  ])('an overlap of %d of a tile of %d is %d', (overlap, tile, expected) => {
    expect(overlapOf(overlap, tile)).toBe(expected);
  });
});

describe("with the embedded model's VAE", () => {
  const networks = holdNetworks({ device: 'cpu' });
  afterAll(() => networks.release());
  const { files } = openCatalogue(readSettings({})).choose('nano', 'model');
  const vae = { network: openModel(files).vae };
  const context = aRunContext({ networks });
  /** Tiles of 128 pixels that lie over each other by 32 begin and end at multiples of 32; so do those half as wide. */
  const SIDE = 224;
  const sizes = { tile_size: 128, overlap: 32, temporal_size: 64, temporal_overlap: 8 };
  const BORDERS = [32, 64, 96, 128, 160, 192];

  const gradient = (x: number, y: number, c: number) => 0.2 + (0.6 * (c === 1 ? y : x)) / SIDE;
  const texture = (x: number, y: number, c: number) =>
    0.5 + 0.2 * Math.sin(x / 5 + c) * Math.cos(y / 7) + 0.1 * Math.sin((x + 2 * y) / 11);

  const paint = (colour: typeof gradient): FloatTensor => ({
    data: Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) =>
      colour(i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / SIDE / SIDE)),
    ),
    shape: [1, 3, SIDE, SIDE],
  });

  /**
   * The largest step across a border of tiles, beyond what the picture that was made whole has there, as a mean along the
   * border: a seam is a step along a whole line, whereas texture is a little stronger or weaker from place to place.
   */
  function largestSeam(tiled: FloatTensor, whole: FloatTensor): number {
    const away = tiled.data.map((value, i) => value - whole.data[i]!);
    let most = 0;
    for (let plane = 0; plane < 3; plane++) {
      const at = (x: number, y: number) => away[(plane * SIDE + y) * SIDE + x]!;
      for (const line of BORDERS) {
        let [across, down] = [0, 0];
        for (let along = 0; along < SIDE; along++) {
          across += at(line, along) - at(line - 1, along);
          down += at(along, line) - at(along, line - 1);
        }
        most = Math.max(most, Math.abs(across / SIDE), Math.abs(down / SIDE));
      }
    }
    return most;
  }

  test.each([
    ['a gradient', gradient],
    ['a texture', texture],
  ])('tiles of %s show no seam: no step of one level', async (_, colour) => {
    const pixels = paint(colour);
    const [latent] = await runNode('VAEEncode', { pixels, vae }, context);
    const [whole] = await runNode('VAEDecode', { samples: latent!, vae }, context);
    const [tiled] = await runNode('VAEDecodeTiled', { samples: latent!, vae, ...sizes }, context);
    const decoded = largestSeam(tiled as FloatTensor, whole as FloatTensor);
    const [inTiles] = await runNode('VAEEncodeTiled', { pixels, vae, ...sizes }, context);
    const [again] = await runNode('VAEDecode', { samples: inTiles!, vae }, context);
    const encoded = largestSeam(again as FloatTensor, whole as FloatTensor);
    expect({ decoded, encoded }).toEqual({
      decoded: expect.toSatisfy(below),
      encoded: expect.toSatisfy(below),
    });
  });
  const below = (step: number) => step < 1 / 255;

  test('where memory suffices for a tile only, decoding and encoding go on in tiles of ComfyUI’s sizes', async () => {
    const [width, height] = [576, 320];
    // The largest tiles are of 512 times 320.
    const small = aRunContext({ networks: { ...networks, autoencoder: withMemoryFor(170_000) } });
    const data = new Float32Array(3 * height * width).map((_, i) => (i % width) / width);
    const wide: FloatTensor = { data, shape: [1, 3, height, width] };
    const [latent] = await runNode('VAEEncode', { pixels: wide, vae }, small);
    const large = aRunContext({ networks: { ...networks, autoencoder: withMemoryFor(Infinity) } });
    const encoding = { tile_size: 512, overlap: 64, temporal_size: 64, temporal_overlap: 8 };
    expect(latent).toEqual((await runNode('VAEEncodeTiled', { pixels: wide, vae, ...encoding }, large))[0]);
    const decoding = { ...encoding, overlap: 128 };
    const [pixels] = await runNode('VAEDecode', { samples: latent!, vae }, small);
    expect(pixels).toEqual(
      (await runNode('VAEDecodeTiled', { samples: latent!, vae, ...decoding }, large))[0],
    );
  });

  test('where it does not suffice for a tile either, that is said', async () => {
    const tiny = aRunContext({ networks: { ...networks, autoencoder: withMemoryFor(10_000) } });
    await expect(runNode('VAEEncode', { pixels: paint(gradient), vae }, tiny)).rejects.toThrow('allocate');
  });

  /** A device whose memory suffices for so many pixels, on which the VAE makes every eighth of what it is given. */
  function withMemoryFor(pixels: number): typeof networks.autoencoder {
    const every = (
      step: number,
      { data, shape: [n = 0, channels = 0, height = 0, width = 0] }: FloatTensor,
    ) => {
      const [rows, columns] = [height * step, width * step];
      if (height * width * Math.max(1, step) ** 2 > pixels)
        throw new Error('failed to allocate memory for 1000 bytes');
      const made = Float32Array.from({ length: n * channels * rows * columns }, (_, i) => {
        const [plane, y, x] = [Math.floor(i / rows / columns), Math.floor(i / columns) % rows, i % columns];
        return data[(plane * height + Math.floor(y / step)) * width + Math.floor(x / step)]!;
      });
      return { data: made, shape: [n, channels, rows, columns] };
    };
    return async () => ({
      decode: async (latent) => every(8, latent),
      encode: async (image) => every(1 / 8, image),
      release: async () => {},
    });
  }
});
