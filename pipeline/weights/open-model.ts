/** From the files that a user names to the checked networks of one model. Only headers (and scales) are read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../config/faults.ts';
import type { ModelFiles } from '../request.ts';
import { checkNetwork } from './check-network.ts';
import { contentsInWords, detect, type FoundName, PART_WORDS, type PartName, takePart } from './detect.ts';
import type { ClipGeometry, ModelNetworks, Network, T5Geometry } from './geometry.ts';
import { type GeometryFile, readGeometryFile } from './geometry-file.ts';
import { type ClipRole, clipGeometry, clipTensors } from './networks/clip.ts';
import { mmditGeometry, mmditTensors } from './networks/mmdit.ts';
import { t5Geometry, t5Tensors, withSharedEmbedding } from './networks/t5.ts';
import { hasVaeEncoder, vaeDecoderTensors, vaeEncoderTensors, vaeGeometry } from './networks/vae.ts';
import type { Part } from './part.ts';
import { proveFit } from './prove-fit.ts';
import type { SafetensorsFile } from './safetensors.ts';
import { isFolder, openTensors, type TensorSet } from './tensor-set.ts';

/** The networks, and every file they came from: to notice a change, and to key caches. */
export interface OpenedModel extends ModelNetworks {
  readonly files: readonly SafetensorsFile[];
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
 * Opens and proves a model. Each part comes from the file named for it, else from the checkpoint; T5 may be absent.
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
  const mmdit = openMmdit(need('mmdit'), geometry);
  const vae = openVae(need('vae'), geometry);
  const clip_l = openClip(need('clip_l'), 'clip_l', geometry);
  const clip_g = openClip(need('clip_g'), 'clip_g', geometry);
  const t5Part = sources.get('t5xxl')?.part;
  const t5xxl = t5Part && openT5(t5Part, geometry);
  const networks: ModelNetworks = { mmdit, vae, clip_l, clip_g, ...(t5xxl ? { t5xxl } : {}) };
  proveFit(networks, (role) => sources.get(role)?.part.given ?? files.checkpoint, geometry !== undefined);
  const opened = [...sources.values()].flatMap(({ set }) => set.files);
  return { ...networks, files: [...new Map(opened.map((file) => [file.file, file])).values()] };
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

/** The embedding is under `shared.weight`, whatever the file calls it. */
export function openT5(raw: Part, file?: GeometryFile): Network<T5Geometry> {
  const part = withSharedEmbedding(raw);
  const geometry = t5Geometry(part, file);
  return checkNetwork(part, geometry, t5Tensors(geometry));
}

interface Source {
  readonly set: TensorSet;
  readonly part: Part;
}

function checkpointParts(path: string): Map<PartName, Source> {
  if (isFolder(path) && existsSync(join(path, 'transformer'))) return diffusersParts(path);
  const set = openTensors(path);
  const found = detect(set.tensors);
  if (!found.some(({ name }) => name === 'mmdit')) throw wrongFile(set, 'mmdit');
  const sources = new Map<PartName, Source>();
  for (const one of found)
    if (one.name !== 'clip') sources.set(one.name, { set, part: takePart(set, one, one.name) });
  return sources;
}

function diffusersParts(folder: string): Map<PartName, Source> {
  const present = DIFFUSERS_FOLDERS.filter(([name]) => existsSync(join(folder, name)));
  return new Map(present.map(([name, role]) => [role, ownFile(join(folder, name), role)]));
}

function ownFile(path: string, role: PartName): Source {
  const set = openTensors(path);
  const names: readonly FoundName[] = role === 'clip_l' || role === 'clip_g' ? [role, 'clip'] : [role];
  const found = detect(set.tensors).find(({ name }) => names.includes(name));
  if (!found) throw wrongFile(set, role);
  return { set, part: takePart(set, found, role) };
}

function wrongFile(set: TensorSet, role: PartName): Fault {
  return new Fault('weights.wrong_file', {
    option: OPTIONS[role],
    file: set.given,
    holds: contentsInWords(set.tensors),
    wanted: PART_WORDS[role],
  });
}
