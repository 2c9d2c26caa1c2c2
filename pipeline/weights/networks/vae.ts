/** The autoencoder's geometry read off its shapes, and every tensor of its decoder and its encoder. */
import { Fault } from '../../../config/faults.ts';
import type { VaeGeometry } from '../geometry.ts';
import { type GeometryFile, proveClaims } from '../geometry-file.ts';
import { blockCount, type Part, shapeOf } from '../part.ts';

const OFFICIAL_GROUPS = 32;

/** @throws Fault weights.* */
export function vaeGeometry(part: Part, file?: GeometryFile): VaeGeometry {
  const [, latentChannels] = shapeOf(part, 'decoder.conv_in.weight', ['out', 'channels', 3, 3]);
  const levels = blockCount(part, 'decoder.up.', 'block.0.conv1.weight');
  const resBlocks = blockCount(part, 'decoder.up.0.block.', 'conv1.weight') - 1;
  const widths = Array.from(
    { length: levels },
    (_, level) => shapeOf(part, `decoder.up.${level}.block.0.conv1.weight`, ['out', 'in', 3, 3])[0]!,
  );
  // Without an encoder nothing tells the first width from the first multiplier, and nothing needs to.
  const channels = hasVaeEncoder(part)
    ? shapeOf(part, 'encoder.conv_in.weight', ['channels', 3, 3, 3])[0]!
    : widths[0]!;
  const groupNormGroups = file?.vae?.group_norm_groups ?? OFFICIAL_GROUPS;
  const uneven = [channels, ...widths].find((width) => width % groupNormGroups !== 0);
  if (uneven !== undefined)
    throw new Fault('weights.groups', { file: part.given, width: uneven, groups: groupNormGroups });
  const said = file?.vae;
  proveClaims(file, part.given, [
    { key: 'vae.z_channels', claimed: said?.z_channels, found: latentChannels! },
    { key: 'vae.num_res_blocks', claimed: said?.num_res_blocks, found: resBlocks },
    {
      key: 'vae.ch * ch_mult',
      claimed: said?.ch === undefined ? undefined : said.ch_mult?.map((mult) => mult * said.ch!),
      found: widths,
    },
  ]);
  return {
    channels,
    multipliers: widths.map((width) => width / channels),
    resBlocks,
    latentChannels: latentChannels!,
    groupNormGroups,
  };
}

/** Whether image to image is possible: a VAE may come with its decoder only. */
export function hasVaeEncoder(vae: { readonly tensors: ReadonlyMap<string, unknown> }): boolean {
  return vae.tensors.has('encoder.conv_in.weight');
}

type Tensors = Map<string, readonly number[]>;

/** Official names and shapes (`VAEDecoder` in sd3.5's `sd3_impls.py`). */
export function vaeDecoderTensors(g: VaeGeometry): Tensors {
  const tensors: Tensors = new Map();
  const widths = g.multipliers.map((multiplier) => g.channels * multiplier);
  let width = widths.at(-1)!;
  conv(tensors, 'decoder.conv_in', width, g.latentChannels);
  middle(tensors, 'decoder.mid', width);
  for (let level = widths.length - 1; level >= 0; level--) {
    for (let block = 0; block <= g.resBlocks; block++) {
      resBlock(tensors, `decoder.up.${level}.block.${block}`, widths[level]!, width);
      width = widths[level]!;
    }
    if (level > 0) conv(tensors, `decoder.up.${level}.upsample.conv`, width, width);
  }
  norm(tensors, 'decoder.norm_out', width);
  conv(tensors, 'decoder.conv_out', 3, width);
  return tensors;
}

/** Official names and shapes (`VAEEncoder` in sd3.5's `sd3_impls.py`). */
export function vaeEncoderTensors(g: VaeGeometry): Tensors {
  const tensors: Tensors = new Map();
  const widths = g.multipliers.map((multiplier) => g.channels * multiplier);
  let width = g.channels;
  conv(tensors, 'encoder.conv_in', width, 3);
  for (const [level, out] of widths.entries()) {
    for (let block = 0; block < g.resBlocks; block++) {
      resBlock(tensors, `encoder.down.${level}.block.${block}`, out, width);
      width = out;
    }
    if (level < widths.length - 1) conv(tensors, `encoder.down.${level}.downsample.conv`, width, width);
  }
  middle(tensors, 'encoder.mid', width);
  norm(tensors, 'encoder.norm_out', width);
  conv(tensors, 'encoder.conv_out', 2 * g.latentChannels, width);
  return tensors;
}

function middle(tensors: Tensors, name: string, width: number): void {
  resBlock(tensors, `${name}.block_1`, width, width);
  norm(tensors, `${name}.attn_1.norm`, width);
  for (const part of ['q', 'k', 'v', 'proj_out']) conv(tensors, `${name}.attn_1.${part}`, width, width, 1);
  resBlock(tensors, `${name}.block_2`, width, width);
}

function resBlock(tensors: Tensors, name: string, out: number, into: number): void {
  norm(tensors, `${name}.norm1`, into);
  conv(tensors, `${name}.conv1`, out, into);
  norm(tensors, `${name}.norm2`, out);
  conv(tensors, `${name}.conv2`, out, out);
  if (out !== into) conv(tensors, `${name}.nin_shortcut`, out, into, 1);
}

function norm(tensors: Tensors, name: string, width: number): void {
  tensors.set(`${name}.weight`, [width]);
  tensors.set(`${name}.bias`, [width]);
}

function conv(tensors: Tensors, name: string, out: number, into: number, side = 3): void {
  tensors.set(`${name}.weight`, [out, into, side, side]);
  tensors.set(`${name}.bias`, [out]);
}
