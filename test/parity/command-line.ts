/**
 * The reference's ComfyUI cases through the real command line: a case as the flags that ask for it, and what was
 * written against the golden files.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ModelFiles } from '../../pipeline/request.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { compare, type Difference, within } from './compare.ts';
import { type ByteDifference, bytesWithin, compareBytes } from './compare-bytes.ts';
import { openGolden } from './golden.ts';
import type { Reference } from './reference.ts';
import { asPng, filesOf, hasSampler, readCases, type Txt2imgCase } from './txt2img.ts';

const FLAG_OF: Readonly<Record<keyof ModelFiles, string>> = {
  checkpoint: 'checkpoint',
  vae: 'vae',
  clipL: 'clip-l',
  clipG: 'clip-g',
  t5: 't5',
  taesd: 'taesd',
  tokenizers: 'tokenizers',
  geometry: 'geometry',
};

/** The cases that a user can ask for: ComfyUI's rules, and a sampler that there is. */
export function commandLineCases(reference: Reference): Txt2imgCase[] {
  if (!reference.has('golden', 'txt2img', 'cases.json')) return [];
  return readCases(reference).filter((one) => one.mode === 'comfyui' && hasSampler(one));
}

/**
 * The words after `npm run imagine --`, the prompt first. Results go to `ID.png` (`ID-1.png`, ...) and
 * `ID.safetensors` in `folder`.
 *
 * @param folder a start picture is written here
 */
export async function wordsOf(reference: Reference, one: Txt2imgCase, folder: string): Promise<string[]> {
  const { slg } = one;
  const options = {
    negative: one.negative,
    size: `${one.width}x${one.height}`,
    seed: one.seed,
    steps: one.steps,
    cfg: one.cfg,
    sampler: one.sampler,
    scheduler: one.scheduler,
    shift: one.shift,
    ...(one.batch > 1 && { count: one.batch }),
    ...(await startPicture(reference, one, folder)),
    ...(slg && {
      slg: slg.scale,
      'slg-layers': slg.layers.join(),
      'slg-start': slg.start,
      'slg-end': slg.end,
    }),
    out: join(folder, `${one.id}.png`),
    'save-latents': join(folder, `${one.id}.safetensors`),
  };
  return [
    one.prompt,
    ...modelWords(reference, one),
    ...Object.entries(options).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
    '--json',
  ];
}

/** The flags of a case's model files. */
export function modelWords(reference: Reference, one: Txt2imgCase): string[] {
  return Object.entries(filesOf(reference, one)).flatMap(([file, path]) => [
    `--${FLAG_OF[file as keyof ModelFiles]}`,
    path,
  ]);
}

async function startPicture(reference: Reference, one: Txt2imgCase, folder: string) {
  const golden = openGolden(reference, 'txt2img', `${one.id}.safetensors`);
  if (!golden.has('init_uint8_nchw')) return {};
  const init = join(folder, `${one.id}-init.png`);
  writeFileSync(init, await asPng(golden.tensor('init_uint8_nchw')));
  return { init, strength: one.denoise ?? 1 };
}

export interface Outcome {
  /** Largest of every saved tensor's. */
  readonly latent: Difference;
  readonly pixels: ByteDifference;
  /** What is beyond its tolerance. */
  readonly faults: readonly string[];
}

/** Compares what a run with `wordsOf` has written: every tensor that both sides have, and all pictures' pixels. */
export async function compareWritten(
  reference: Reference,
  one: Txt2imgCase,
  folder: string,
): Promise<Outcome> {
  const golden = openGolden(reference, 'txt2img', `${one.id}.safetensors`);
  const saved = openSafetensors(join(folder, `${one.id}.safetensors`)).tensors;
  const faults: string[] = [];
  const tensor = (name: string, tolerance: string): Difference => {
    const stored = saved.get(name);
    const theirs = golden.tensor(name);
    const difference = compare(stored ? readTensor(stored).data : [], theirs.data);
    if (`${stored?.shape}` !== `${theirs.shape}`) faults.push(`${name} has the shape ${stored?.shape}`);
    if (!within(difference, reference.tolerance(tolerance)))
      faults.push(`${name}: max_abs ${difference.max_abs}, rel_l2 ${difference.rel_l2}`);
    return difference;
  };
  for (const name of ['pos.context', 'pos.y', 'neg.context', 'neg.y']) tensor(name, 'text');
  tensor('noise', 'noise.randn');
  tensor('sigmas', 'sigmas');
  const latent = tensor('final_latent', 'txt2img.final_latent');

  const files = Array.from({ length: one.batch }, (_, i) =>
    join(folder, one.batch === 1 ? `${one.id}.png` : `${one.id}-${i + 1}.png`),
  );
  const shown = await Promise.all(files.map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  const pixels = compareBytes(Buffer.concat(shown), golden.tensor('uint8_hwc').data);
  if (!bytesWithin(pixels, reference.tolerance('txt2img.uint8')))
    faults.push(`pixels: max_diff ${pixels.max_diff}, fraction ${pixels.fraction_differing}`);
  return { latent, pixels, faults };
}
