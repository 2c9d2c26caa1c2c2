/**
 * `on-webgpu.ts FOLDER`: the tiny transformer and VAE on WebGPU against the processor, in a process that was told where
 * Vulkan is. Prints one line of JSON: for each network its error, and how often a value went through the host.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import type { Compute } from '../../../pipeline/graph/compute.ts';
import { ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { emitMmdit } from '../../../pipeline/graph/mmdit.ts';
import { positionFeeds, timestepFrequencies } from '../../../pipeline/graph/mmdit-inputs.ts';
import { emitVaeDecoder } from '../../../pipeline/graph/vae-decoder.ts';
import { computeFor } from '../../../pipeline/runtime/arithmetic.ts';
import { openNetwork } from '../../../pipeline/runtime/open-network.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { reference } from '../../reference.ts';
import { relativeL2, wave } from '../waves.ts';

const folder = process.argv[2]!;
/** What trying software Vulkan comes to: neither float16, nor right attention, nor norms of several pictures. */
const TRAITS = { float16: false, fusedAttention: false, broadcastsNorms: false };
const compute = computeFor('transformer', 'webgpu', 'auto', TRAITS);

const { path: file } = reference();
const { mmdit, vae } = openModel({
  checkpoint: file('tiny', 'tiny_large.safetensors'),
  clipL: file('tiny', 'tiny_clip_l.safetensors'),
  tokenizers: '',
  geometry: file('tiny', 'config.json'),
});
const { latentChannels: channels, contextWidth, pooledWidth, patchSize } = mmdit.geometry;
const width = mmdit.tensors.get('t_embedder.mlp.0.weight')!.shape[1]!;

type Feeds = Parameters<Awaited<ReturnType<typeof openNetwork>>['run']>[0];
async function pass(
  device: 'cpu' | 'webgpu',
  how: Compute,
  name: 'transformer' | 'vae',
): Promise<FloatTensor> {
  const profile = device === 'cpu' ? {} : { profile: path.join(folder, name) };
  const options = { device, compute: how, ...profile };
  const session =
    name === 'vae'
      ? await openNetwork(emitVaeDecoder, vae, { height: 8, width: 8 }, options)
      : await openNetwork(emitMmdit, mmdit, {}, options);
  const feeds: Feeds =
    name === 'vae'
      ? { latent: wave([1, vae.geometry.latentChannels, 8, 8], 1) }
      : {
          x: wave([2, channels, 12, 16], 1),
          t_freq: timestepFrequencies([700, 300], width),
          context: wave([2, 20, contextWidth], 2),
          y: wave([2, pooledWidth], 3),
          ...positionFeeds(mmdit.geometry, 12 / patchSize, 16 / patchSize),
        };
  const [out] = Object.values(await session.run(feeds));
  await session.release();
  return out!;
}

/** Values that went to the host and back within the graph. */
function copies(name: string): number {
  const written = readdirSync(folder).find((one) => one.startsWith(name))!;
  const events = JSON.parse(readFileSync(path.join(folder, written), 'utf8')) as {
    args?: { op_name?: string };
  }[];
  return events.filter(({ args }) => args?.op_name?.startsWith('Memcpy')).length;
}

const result: Record<string, { error: number; copies: number }> = {};
for (const name of ['transformer', 'vae'] as const) {
  const usual = await pass('cpu', ON_PROCESSOR, name);
  const other = await pass('webgpu', compute, name);
  result[name] = { error: relativeL2(other.data, usual.data), copies: copies(name) };
}
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
