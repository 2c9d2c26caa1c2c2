/** The loaders of weights: a file by name becomes a model, text encoders, a VAE. */
import { Fault } from '../../../config/faults.ts';
import type { TextSource } from '../../runtime/prompt-encoder.ts';
import type { TextNetworks } from '../../runtime/text-encoders.ts';
import type { PartName } from '../../weights/detect.ts';
import type { ModelNetworks } from '../../weights/geometry.ts';
import { type OpenedFile, openFile, textWidths } from '../../weights/open-file.ts';
import type { SafetensorsFile } from '../../weights/safetensors.ts';
import { choice, file } from '../inputs.ts';
import { defineNode, type RunContext } from '../node.ts';
import type { Clip, Model } from '../values.ts';

/** The timestep shift of every SD3 model unless a node says otherwise. */
const SD3_SHIFT = 3;

/** A transformer as it is loaded, without patches. */
export function unpatched(network: ModelNetworks['mmdit']): Model {
  return { network, shift: SD3_SHIFT, skips: [], loras: [] };
}

function openParts(
  path: string,
  wanted: readonly PartName[],
  option: string,
  { networks, geometry, enter }: RunContext,
): OpenedFile {
  enter('loading');
  const key = JSON.stringify(['parts', path, wanted, geometry]);
  return networks.opened(key, () => openFile(path, wanted, option, geometry));
}

const ENCODERS = ['clip_l', 'clip_g', 't5xxl'] as const;

/** The text encoders of some files together; of two of a kind the later one counts. */
function openEncoders(paths: readonly string[], option: string, context: RunContext): Clip {
  const { networks, tokenizers, geometry } = context;
  const opened = paths.map((path) => openParts(path, ENCODERS, option, context));
  const key = JSON.stringify(['encoders', paths, tokenizers, geometry]);
  const source = networks.opened(key, () => joinEncoders(opened, tokenizers));
  return { source, loras: [] };
}

function joinEncoders(
  opened: readonly OpenedFile[],
  tokenizers: string,
): TextSource & { files: SafetensorsFile[] } {
  const joined: { -readonly [N in keyof TextNetworks]: TextNetworks[N] } = {};
  for (const { clip_l, clip_g, t5xxl } of opened)
    Object.assign(joined, clip_l && { clip_l }, clip_g && { clip_g }, t5xxl && { t5xxl });
  return {
    networks: joined,
    tokenizers,
    widths: textWidths(joined, opened[0]?.geometry),
    files: opened.flatMap(({ files }) => files),
  };
}

/** `CheckpointLoaderSimple`: an all-in-one file; an output whose network the file does not hold cannot be used. */
export const checkpointLoaderSimple = defineNode({
  name: 'CheckpointLoaderSimple',
  inputs: { ckpt_name: file('checkpoints') },
  outputs: ['MODEL', 'CLIP', 'VAE'],
  run({ ckpt_name: path }, context) {
    const { mmdit, vae, ...rest } = openParts(path, ['mmdit', 'vae', ...ENCODERS], 'ckpt_name', context);
    const hasText = ENCODERS.some((role) => rest[role]);
    return [
      mmdit ? unpatched(mmdit) : absent(path, 'MMDiT'),
      hasText ? openEncoders([path], 'ckpt_name', context) : absent(path, 'text encoder'),
      vae ? { network: vae } : absent(path, 'VAE'),
    ];
  },
});

/** An output that cannot be used: thrown once something is linked to it. */
function absent(path: string, part: string): Fault {
  return new Fault('workflow.part', { file: path, part });
}

/** `UNETLoader`: the transformer alone. The type in which ComfyUI would hold it has no meaning here. */
export const unetLoader = defineNode({
  name: 'UNETLoader',
  inputs: {
    unet_name: file('diffusion_models'),
    weight_dtype: choice(['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'], 'default'),
  },
  outputs: ['MODEL'],
  run: ({ unet_name: path }, context) => [unpatched(openParts(path, ['mmdit'], 'unet_name', context).mmdit!)],
});

const DEVICES = choice(['default', 'cpu'], 'default');

/** `CLIPLoader`: one text encoder; what the others would give is zeros. */
export const clipLoader = defineNode({
  name: 'CLIPLoader',
  inputs: { clip_name: file('text_encoders'), type: choice(['sd3']), device: DEVICES },
  outputs: ['CLIP'],
  run: ({ clip_name }, context) => [openEncoders([clip_name], 'clip_name', context)],
});

/** `DualCLIPLoader`: two of the three. */
export const dualClipLoader = defineNode({
  name: 'DualCLIPLoader',
  inputs: {
    clip_name1: file('text_encoders'),
    clip_name2: file('text_encoders'),
    type: choice(['sd3']),
    device: DEVICES,
  },
  outputs: ['CLIP'],
  run: ({ clip_name1, clip_name2 }, context) => [
    openEncoders([clip_name1, clip_name2], 'clip_name1', context),
  ],
});

/** `TripleCLIPLoader`: all three, in any order. */
export const tripleClipLoader = defineNode({
  name: 'TripleCLIPLoader',
  inputs: {
    clip_name1: file('text_encoders'),
    clip_name2: file('text_encoders'),
    clip_name3: file('text_encoders'),
  },
  outputs: ['CLIP'],
  run: ({ clip_name1, clip_name2, clip_name3 }, context) => [
    openEncoders([clip_name1, clip_name2, clip_name3], 'clip_name1', context),
  ],
});

/** `VAELoader`. */
export const vaeLoader = defineNode({
  name: 'VAELoader',
  inputs: { vae_name: file('vae') },
  outputs: ['VAE'],
  run: ({ vae_name }, context) => [{ network: openParts(vae_name, ['vae'], 'vae_name', context).vae! }],
});
