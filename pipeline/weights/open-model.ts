/** From the files that a user names to the checked networks of one model. Only headers (and scales) are read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../config/faults.ts';
import type { ModelFiles } from '../request.ts';
import { checkNetwork } from './check-network.ts';
import { detect, type FoundName, PART_WORDS, type PartName, takePart } from './detect.ts';
import { diffusersFolder, pipelineOf } from './diffusers-folder.ts';
import type { ClipGeometry, ModelNetworks, Network, T5Geometry } from './geometry.ts';
import { type GeometryFile, readGeometryFile } from './geometry-file.ts';
import { type ClipRole, clipGeometry, clipTensors } from './networks/clip.ts';
import { mmditGeometry, mmditTensors } from './networks/mmdit.ts';
import { t5Geometry, t5Tensors, withSharedEmbedding, wrongT5 } from './networks/t5.ts';
import { openTaesd } from './networks/taesd.ts';
import { hasVaeEncoder, vaeDecoderTensors, vaeEncoderTensors, vaeGeometry } from './networks/vae.ts';
import type { Part } from './part.ts';
import { proveFit } from './prove-fit.ts';
import type { TensorFile } from './tensor-file.ts';
import { openTensors, type TensorSet } from './tensor-set.ts';
import { refuseOlderVae, wrongFile } from './wrong-file.ts';

/** The networks, and every file they came from: to notice a change, and to key caches. */
export interface OpenedModel extends ModelNetworks {
  readonly files: readonly TensorFile[];
}

/** The option that names each part's own file. */
const OPTIONS = {
  mmdit: '--checkpoint',
  vae: '--vae',
  clip_l: '--clip-l',
  clip_g: '--clip-g',
  t5xxl: '--t5',
} as const satisfies Record<PartName, string>;

/** Sub-folders of a diffusers model, and what each holds. */
const DIFFUSERS_FOLDERS: readonly (readonly [folder: string, role: PartName])[] = [
  ['transformer', 'mmdit'],
  ['vae', 'vae'],
  ['text_encoder', 'clip_l'],
  ['text_encoder_2', 'clip_g'],
  ['text_encoder_3', 't5xxl'],
];

/**
 * Opens and proves a model. Each part comes from the file named for it, else from the checkpoint. Of the three text
 * encoders any may be absent, as in ComfyUI, but not all.
 * @throws Fault weights.*: one sentence naming the option or the file and the tensor
 */
export function openModel(files: ModelFiles): OpenedModel {
  const geometry = files.geometry === undefined ? undefined : readGeometryFile(files.geometry);
  const named = { vae: files.vae, clip_l: files.clipL, clip_g: files.clipG, t5xxl: files.t5 };
  const sources = checkpointParts(files.checkpoint);
  for (const [role, path] of Object.entries(named) as [Exclude<PartName, 'mmdit'>, string | undefined][])
    if (path !== undefined) sources.set(role, ownFile(path, role));

  const need = (role: PartName): Part => {
    const source = sources.get(role);
    if (source) return source.part;
    const data = { file: files.checkpoint, part: PART_WORDS[role], option: OPTIONS[role] };
    throw new Fault('weights.missing_part', data);
  };
  const have = <N>(role: PartName, open: (part: Part) => N): N | undefined => {
    const source = sources.get(role);
    return source && open(source.part);
  };
  const mmdit = openMmdit(need('mmdit'), geometry);
  const vae = openVae(need('vae'), geometry);
  const clip_l = have('clip_l', (part) => openClip(part, 'clip_l', geometry));
  const clip_g = have('clip_g', (part) => openClip(part, 'clip_g', geometry));
  const t5xxl = have('t5xxl', (part) => openT5(part, geometry));
  if (!clip_l && !clip_g && !t5xxl) need('clip_l');
  const networks: ModelNetworks = {
    mmdit,
    vae,
    ...(clip_l ? { clip_l } : {}),
    ...(clip_g ? { clip_g } : {}),
    ...(t5xxl ? { t5xxl } : {}),
  };
  proveFit(networks, (role) => sources.get(role)?.part.given ?? files.checkpoint, geometry !== undefined);
  const preview = files.taesd === undefined ? undefined : openTensors(files.taesd);
  const taesd = preview && openTaesd(preview);
  const sets = [...[...sources.values()].map(({ set }) => set), ...(preview ? [preview] : [])];
  const opened = sets.flatMap((set) => set.files);
  return {
    ...networks,
    ...(taesd ? { taesd } : {}),
    files: [...new Map(opened.map((file) => [file.file, file])).values()],
  };
}

/** The text encoders that a model draws without, by their usual names. */
export function absentEncoders(networks: ModelNetworks): ('clip_l' | 'clip_g' | 't5xxl')[] {
  return (['clip_l', 'clip_g', 't5xxl'] as const).filter((role) => networks[role] === undefined);
}

export function openMmdit(part: Part, file?: GeometryFile): ModelNetworks['mmdit'] {
  const geometry = mmditGeometry(part, file);
  return checkNetwork(part, geometry, mmditTensors(geometry));
}

/** With its encoder where the file has one (`hasVaeEncoder`). */
export function openVae(part: Part, file?: GeometryFile): ModelNetworks['vae'] {
  const geometry = vaeGeometry(part, file);
  const encoder = hasVaeEncoder(part) ? vaeEncoderTensors(geometry) : [];
  return checkNetwork(part, geometry, new Map([...vaeDecoderTensors(geometry), ...encoder]));
}

export function openClip(part: Part, role: ClipRole, file?: GeometryFile): Network<ClipGeometry> {
  const geometry = clipGeometry(part, role, file);
  return checkNetwork(part, geometry, clipTensors(geometry));
}

/** The embedding is under `shared.weight`, whatever the file calls it. @throws Fault weights.other_kind for UMT5 and the like */
export function openT5(raw: Part, file?: GeometryFile, option: string = OPTIONS.t5xxl): Network<T5Geometry> {
  const part = withSharedEmbedding(raw);
  const wrong = wrongT5(part);
  if (wrong !== undefined)
    throw new Fault('weights.other_kind', {
      option,
      file: part.given,
      what: wrong,
      advice: 'Stable Diffusion 3.5 was made with T5-XXL 1.1',
    });
  const geometry = t5Geometry(part, file);
  return checkNetwork(part, geometry, t5Tensors(geometry));
}

interface Source {
  readonly set: TensorSet;
  readonly part: Part;
}

function checkpointParts(path: string): Map<PartName, Source> {
  const folder = diffusersFolder(path);
  const pipeline = folder === undefined ? undefined : pipelineOf(folder);
  if (pipeline !== undefined && !/StableDiffusion3/.test(pipeline))
    throw new Fault('weights.other_kind', {
      option: OPTIONS.mmdit,
      file: path,
      what: `a diffusers folder for ${pipeline}`,
      advice: 'Darkroom draws with Stable Diffusion 3.5 and 3',
    });
  if (folder !== undefined && isWhole(path, folder)) return diffusersParts(folder);
  const set = openTensors(path);
  const found = detect(set.tensors);
  if (!found.some(({ name }) => name === 'mmdit')) throw wrongFile(set, OPTIONS.mmdit, ['mmdit']);
  // A transformer within a diffusers folder: what else is needed lies beside it.
  const sources = folder === undefined ? new Map<PartName, Source>() : diffusersParts(folder, 'mmdit');
  for (const one of found)
    if (one.name !== 'clip') sources.set(one.name, { set, part: takePart(set, one, one.name) });
  return sources;
}

/** Whether a path means the whole folder, or one part in it. */
function isWhole(path: string, folder: string): boolean {
  return path.endsWith('model_index.json') || !path.startsWith(join(folder, 'transformer'));
}

function diffusersParts(folder: string, except?: PartName): Map<PartName, Source> {
  const present = DIFFUSERS_FOLDERS.filter(
    ([name, role]) => role !== except && existsSync(join(folder, name)),
  );
  return new Map(present.map(([name, role]) => [role, ownFile(join(folder, name), role)]));
}

function ownFile(path: string, role: PartName): Source {
  const set = openTensors(path);
  const names: readonly FoundName[] = role === 'clip_l' || role === 'clip_g' ? [role, 'clip'] : [role];
  const found = detect(set.tensors).find(({ name }) => names.includes(name));
  if (!found) throw wrongFile(set, OPTIONS[role], [role]);
  const part = takePart(set, found, role);
  if (role === 'vae') refuseOlderVae(part, OPTIONS.vae);
  return { set, part };
}
