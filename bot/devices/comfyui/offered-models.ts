/** Which of the models that Darkroom knows a ComfyUI server can draw: told by file names, since it shows no headers. */
import { type ModelEntry, USUAL_FILES } from '../../../config/models.ts';
import type { ModelFiles } from '../../../pipeline/request.ts';
import { officialName } from '../../models/official-names.ts';
import { elsewhere, type OfferedModel } from '../elsewhere.ts';
import { bareName, type ServerFiles } from './server-files.ts';

/** Longest side that the position table reaches (192 or 384 patches of 16 pixels) and joint blocks, of SD3.5's two sizes. */
const SHAPES = {
  turbo: { maxSide: 3072, depth: 38 },
  large: { maxSide: 3072, depth: 38 },
  medium: { maxSide: 6144, depth: 24 },
};
/** Of a model of the operator's own: what both sizes have. */
const UNKNOWN_SHAPE = { maxSide: 3072, depth: 24 };

/** All-in-one files, with their text encoders inside, as Comfy-Org and Stability name them. */
const ALL_IN_ONE = /incl[-_ ]?clips|(large|medium|turbo)_fp8_scaled/i;

/** @param table every model that is known by name, in the order of preference */
export function offeredModels(files: ServerFiles, table: readonly ModelEntry[]): OfferedModel[] {
  return table.flatMap((entry) => {
    // The built-in ones are no files of a ComfyUI, and a model's own LoRA files are found by their headers.
    if (entry.embedded || entry.loras !== undefined) return [];
    const names = entry.files.checkpoint.map((name) => bareName(name).toLowerCase());
    const isIt = (path: string) =>
      names.includes(bareName(path).toLowerCase()) ||
      (entry.named === undefined && officialName(bareName(path)) === entry.name);
    const found = filesOf(files, isIt);
    if (found === undefined) return [];
    const official = officialName(bareName(found.checkpoint));
    return [{ entry, files: found, ...(official === undefined ? UNKNOWN_SHAPE : SHAPES[official]) }];
  });
}

/** The checkpoint and what it needs beside it; undefined where something is not on the server. */
function filesOf(server: ServerFiles, isIt: (path: string) => boolean): ModelFiles | undefined {
  const usual = (kind: 'encoders' | 'vaes', part: 'clipL' | 'clipG' | 't5' | 'vae') =>
    USUAL_FILES[part].map((name) => server.find(kind, name)).find((name) => name !== undefined);
  const here = (name: string) => elsewhere(bareName(name));
  const [clipL, clipG, t5] = (['clipL', 'clipG', 't5'] as const).map((part) => usual('encoders', part));
  const encoders =
    clipL && clipG && t5 ? { clipL: here(clipL), clipG: here(clipG), t5: here(t5) } : undefined;

  const whole = server.all('checkpoints').find(isIt);
  if (whole !== undefined) {
    const checkpoint = here(whole);
    if (ALL_IN_ONE.test(whole)) return { checkpoint, tokenizers: '' };
    if (encoders) return { checkpoint, ...encoders, tokenizers: '' };
  }
  const alone = server.all('diffusion').find(isIt);
  const vae = usual('vaes', 'vae');
  if (alone === undefined || vae === undefined || encoders === undefined) return undefined;
  return { checkpoint: here(alone), vae: here(vae), ...encoders, tokenizers: '' };
}
