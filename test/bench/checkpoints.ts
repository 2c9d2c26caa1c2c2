/** The files that the bench runs: random weights at the geometry of SD3.5 Medium and its encoders. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFiles } from '../../pipeline/request.ts';
import { openTokenizers } from '../../pipeline/text/open-tokenizers.ts';
import { detect, takePart } from '../../pipeline/weights/detect.ts';
import type { MmditGeometry, Network } from '../../pipeline/weights/geometry.ts';
import { clipTensors } from '../../pipeline/weights/networks/clip.ts';
import { mmditTensors } from '../../pipeline/weights/networks/mmdit.ts';
import { t5Tensors } from '../../pipeline/weights/networks/t5.ts';
import { vaeDecoderTensors, vaeEncoderTensors } from '../../pipeline/weights/networks/vae.ts';
import { openMmdit } from '../../pipeline/weights/open-model.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';
import { CLIP_G, CLIP_L, MEDIUM, T5_XXL, VAE } from './geometries.ts';
import { ensureRandomCheckpoint, type RandomDType, type Shapes } from './random-checkpoint.ts';

const TOKENIZERS = fileURLToPath(new URL('../../models/nano', import.meta.url));
/** T5-XXL has 24 layers of 387 MB, one after another in the same memory: two of them need what 24 do. */
const T5_LAYERS = 2;

/** The transformer and the VAE in one file, as Stability distributes them: 4.8 GiB of float16. */
export function ensureMedium(folder: string): string {
  const file = path.join(folder, 'medium.safetensors');
  const shapes = new Map([
    ...prefixed('model.diffusion_model.', mmditTensors(MEDIUM)),
    ...prefixed('first_stage_model.', vaeDecoderTensors(VAE)),
    ...prefixed('first_stage_model.', vaeEncoderTensors(VAE)),
  ]);
  ensure(file, shapes, 'F16');
  return file;
}

/** One block of the transformer with a second attention, as if it were a network of two blocks. */
export function ensureBlock(folder: string, dtype: RandomDType): string {
  const file = path.join(folder, `block-${dtype}.safetensors`);
  const geometry = { ...MEDIUM, depth: 2, dualAttentionBlocks: [0], posEmbedMaxSize: 2 };
  ensure(file, prefixed('model.diffusion_model.', mmditTensors(geometry)), dtype);
  return file;
}

/** Three blocks of the transformer, two of them with a second attention, as if they were a network. */
const FEW_BLOCKS: MmditGeometry = { ...MEDIUM, depth: 3, dualAttentionBlocks: [0, 1] };

export function ensureFewBlocks(folder: string): string {
  const file = path.join(folder, 'few-blocks.safetensors');
  ensure(file, prefixed('model.diffusion_model.', mmditTensors(FEW_BLOCKS)), 'F16');
  return file;
}

/** A LoRA file for every matrix of those blocks, or of all of Medium's. */
export function ensureLora(folder: string, index: number, rank: number, of = FEW_BLOCKS): string {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of mmditTensors(of)) {
    if (!name.startsWith('joint_blocks.') || !name.endsWith('.weight') || shape.length !== 2) continue;
    const layer = `lora_unet_${name.slice(0, -'.weight'.length).replaceAll('.', '_')}`;
    shapes.set(`${layer}.lora_up.weight`, [shape[0]!, rank]);
    shapes.set(`${layer}.lora_down.weight`, [rank, shape[1]!]);
  }
  const file = path.join(folder, `lora-${index}-${rank}-${of.depth}.safetensors`);
  ensure(file, shapes, 'F16');
  return file;
}

export function ensureMediumLora(folder: string, index: number, rank: number): string {
  return ensureLora(folder, index, rank, MEDIUM);
}

/** All files of a Medium model. The tokenizers are nano's: what the tokens mean does not matter here. */
export async function ensureMediumModel(folder: string): Promise<ModelFiles> {
  const { clip } = await openTokenizers(TOKENIZERS);
  const vocabSize = clip.size;
  const file = (name: string) => path.join(folder, `${name}.safetensors`);
  ensure(file('clip_l'), clipTensors({ ...CLIP_L, vocabSize }), 'F16');
  ensure(file('clip_g'), clipTensors({ ...CLIP_G, vocabSize }), 'F16');
  ensure(file('t5xxl'), t5Tensors({ ...T5_XXL, layers: T5_LAYERS }), 'F16');
  return {
    checkpoint: ensureMedium(folder),
    clipL: file('clip_l'),
    clipG: file('clip_g'),
    t5: file('t5xxl'),
    tokenizers: TOKENIZERS,
  };
}

export function openTransformer(file: string): Network<MmditGeometry> {
  const set = openTensors(file);
  const found = detect(set.tensors).find(({ name }) => name === 'mmdit');
  if (!found) throw new Error(`${file} holds no transformer`);
  return openMmdit(takePart(set, found, 'mmdit'));
}

function ensure(file: string, shapes: Shapes, dtype: RandomDType): void {
  mkdirSync(path.dirname(file), { recursive: true });
  ensureRandomCheckpoint(file, shapes, dtype);
}

function prefixed(prefix: string, shapes: Shapes): Map<string, readonly number[]> {
  return new Map([...shapes].map(([name, shape]) => [prefix + name, shape]));
}
