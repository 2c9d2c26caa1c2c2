/** A LoRA on weights that are unpacked first changes the picture as it changes the plain file's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { generate } from '../../../pipeline/generate.ts';
import type { ModelFiles } from '../../../pipeline/request.ts';
import { type HeldNetworks, holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { proveLoras } from '../../../pipeline/weights/lora/prove-loras.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { aRequest } from '../../bot/jobs/a-job.ts';
import { reference } from '../../reference.ts';
import { READABLE, readTiny, type Tiny } from './forms/readable.ts';
import { raw, write } from './forms/tensors.ts';

const RANK = 2;
const LAYER = 'joint_blocks.0.x_block.attn.qkv';

let folder: string;
let tiny: Tiny;
let networks: HeldNetworks;
let lora: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-changed-'));
  networks = holdNetworks({ device: 'cpu', cacheFolder: join(folder, 'graphs') });
  tiny = readTiny(reference().path);
  lora = loraFor(LAYER);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** In kohya's names. */
function loraFor(layer: string): string {
  const [out, columns] = tiny.mmdit.get(`${LAYER}.weight`)!.shape as [number, number];
  const wave = (...shape: [number, number]) =>
    raw({
      dtype: 'F32',
      shape,
      data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i * 1.7) / 2),
    });
  const name = `lora_unet_${layer.replaceAll('.', '_')}`;
  return write(join(folder, `${layer}.safetensors`), [
    [`${name}.lora_down.weight`, wave(RANK, columns)],
    [`${name}.lora_up.weight`, wave(out, RANK)],
  ]);
}

async function draw(files: ModelFiles, strength: number): Promise<Float32Array> {
  const model = { name: 'tiny', files };
  const request = aRequest({ model, cfg: 1, steps: 2, keepTensors: true, previews: false });
  const loras = [{ file: lora, strength }];
  const { tensors } = await generate(
    { ...request, ...(strength === 0 ? {} : { loras }) },
    { networks, progress: () => {}, signal: new AbortController().signal, now: () => 0 },
  );
  return tensors!.final_latent!.data;
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

test.each(['GGUF Q8_0', 'GGUF Q6_K', 'int8, a scale a row', 'float8, a scale a row'])('%s', async (kind) => {
  const { make } = READABLE.find((form) => form.kind === kind)!;
  const files = { ...tiny.files, ...make(join(folder, kind.replace(/\W+/g, '-')), tiny) };
  const [plain, changed] = [await draw(tiny.files, 0), await draw(tiny.files, 1)];
  const [theirs, theirsChanged] = [await draw(files, 0), await draw(files, 1)];
  const effect = distance(plain, changed);
  expect(effect).toBeGreaterThan(10 * distance(plain, theirs));
  expect(distance(changed, theirsChanged)).toBeLessThan(effect / 5);
});

test('a LoRA for another model is refused, not passed over', () => {
  const opened = openModel(tiny.files);
  expect(() => proveLoras([{ file: lora, strength: 1 }], opened)).not.toThrow();
  const other = loraFor('single_blocks.3.linear1');
  expect(() => proveLoras([{ file: other, strength: 1 }], opened)).toThrow(Fault);
  expect(() => proveLoras([{ file: other, strength: 1 }], opened)).toThrow('changes nothing in this model');
});
