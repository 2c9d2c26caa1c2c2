/** The networks of one file that a workflow names, whatever they are. Only headers (and scales) are read. */
import { detect, type PartName, takePart } from './detect.ts';
import type { ClipGeometry, ModelNetworks, Network } from './geometry.ts';
import { type GeometryFile, readGeometryFile } from './geometry-file.ts';
import type { ClipRole } from './networks/clip.ts';
import { openClip, openMmdit, openT5, openVae } from './open-model.ts';
import type { Part } from './part.ts';
import type { SafetensorsFile } from './safetensors.ts';
import { openTensors } from './tensor-set.ts';
import { refuseOlderVae, wrongFile } from './wrong-file.ts';

export interface OpenedFile extends Partial<ModelNetworks> {
  readonly files: readonly SafetensorsFile[];
  readonly geometry?: GeometryFile;
}

/**
 * @param wanted at least one of these must be there
 * @param geometryPath what shapes cannot tell about unusual models
 * @throws Fault weights.*; those of a file that holds something else name `option`
 */
export function openFile(
  path: string,
  wanted: readonly PartName[],
  option: string,
  geometryPath?: string,
): OpenedFile {
  const geometry = geometryPath === undefined ? undefined : readGeometryFile(geometryPath);
  const set = openTensors(path);
  const networks: { -readonly [N in PartName]?: Network<unknown> } = {};
  for (const found of detect(set.tensors)) {
    const role = found.name === 'clip' ? clipRole(takePart(set, found, 'clip_l'), geometry) : found.name;
    if (wanted.includes(role)) networks[role] = openRole(role, takePart(set, found, role), option, geometry);
  }
  if (Object.keys(networks).length === 0) throw wrongFile(set, option, wanted);
  return { ...(networks as Partial<ModelNetworks>), files: set.files, ...(geometry && { geometry }) };
}

function openRole(role: PartName, part: Part, option: string, geometry?: GeometryFile): Network<unknown> {
  switch (role) {
    case 'mmdit':
      return openMmdit(part, geometry);
    case 'vae':
      refuseOlderVae(part, option);
      return openVae(part, geometry);
    case 't5xxl':
      return openT5(part, geometry, option);
    case 'clip_l':
    case 'clip_g':
      return openClip(part, role, geometry);
  }
}

/** Which CLIP a file of its own is: by the width that a geometry file says, else CLIP-G has more than 30 layers. */
function clipRole(part: Part, geometry?: GeometryFile): ClipRole {
  const width = part.tensors.get('text_model.embeddings.token_embedding.weight')?.shape[1];
  const said = { clip_l: geometry?.clip_l?.hidden_size, clip_g: geometry?.clip_g?.hidden_size };
  if (said.clip_l !== said.clip_g) {
    if (width === said.clip_l) return 'clip_l';
    if (width === said.clip_g) return 'clip_g';
  }
  return part.tensors.has('text_model.encoder.layers.30.mlp.fc1.weight') ? 'clip_g' : 'clip_l';
}

/** The widths of the official text encoders, where neither a network nor a geometry file says them. */
const OFFICIAL = { context: 4096, l: 768, g: 1280 } as const;

/** What the transformer takes of these text encoders. */
export function textWidths(
  networks: Partial<Pick<ModelNetworks, 'clip_l' | 'clip_g' | 't5xxl'>>,
  geometry?: GeometryFile,
): { context: number; l: number; g: number } {
  const width = (clip?: Network<ClipGeometry>) => clip?.geometry.hiddenSize;
  return {
    context: networks.t5xxl?.geometry.hiddenSize ?? geometry?.context_dim ?? OFFICIAL.context,
    l: width(networks.clip_l) ?? geometry?.clip_l?.hidden_size ?? OFFICIAL.l,
    g: width(networks.clip_g) ?? geometry?.clip_g?.hidden_size ?? OFFICIAL.g,
  };
}
