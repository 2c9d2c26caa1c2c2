/**
 * `npm run bench -- --only device --device cuda:0`: the transformer's step at 512, 768 and 1024 pixels in each arithmetic of
 * a device, on random weights of Medium's and Large's geometry that are made on the spot; load, swap, decode and memory.
 * On a card times are those of the clock, on a processor those of its cores, and only the first `--blocks` blocks run.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { type Compute, ON_PROCESSOR } from '../../pipeline/graph/compute.ts';
import { emitVaeDecoder } from '../../pipeline/graph/vae-decoder.ts';
import { computeFor, type DeviceTraits, ROOMY } from '../../pipeline/runtime/arithmetic.ts';
import { openDenoiser } from '../../pipeline/runtime/denoiser.ts';
import { type DeviceName, parseDevice } from '../../pipeline/runtime/devices.ts';
import { openInt8 } from '../../pipeline/runtime/int8.ts';
import { TRANSFORMER_TRIAL } from '../../pipeline/runtime/int8-trials.ts';
import { openNetwork } from '../../pipeline/runtime/open-network.ts';
import { testDevice } from '../../pipeline/runtime/self-test.ts';
import { randn } from '../../pipeline/sampling/torch-random.ts';
import type { MmditGeometry, Network } from '../../pipeline/weights/geometry.ts';
import { mmditTensors } from '../../pipeline/weights/networks/mmdit.ts';
import { vaeDecoderTensors } from '../../pipeline/weights/networks/vae.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { relativeL2 } from '../pipeline/waves.ts';
import { atMost, type BenchPart, type Figures, median, processorTime, rounded } from './figure.ts';
import { LARGE, MEDIUM, VAE } from './geometries.ts';
import { ensureRandomCheckpoint } from './random-checkpoint.ts';

export interface DeviceOptions {
  readonly device: string;
  /** Blocks of the transformer that run; all of them without it. */
  readonly blocks?: number;
  readonly sides: readonly number[];
  readonly models: readonly string[];
}

const ROUNDS = 5;
const TEXT = 154;
const GEOMETRIES: Readonly<Record<string, MmditGeometry>> = { medium: MEDIUM, large: LARGE };

interface Form {
  readonly compute: Compute;
  readonly prepacks?: boolean;
}

function formsOf(device: DeviceName, traits: DeviceTraits): Readonly<Record<string, Form>> {
  if (device === 'cpu')
    return {
      float32: { compute: ON_PROCESSOR },
      float32_packed: { compute: ROOMY, prepacks: true },
      int8: { compute: computeFor('transformer', 'cpu', 'int8', traits) },
    };
  const float32 = { compute: computeFor('transformer', device, 'float32', traits) };
  return traits.float16
    ? { float16: { compute: computeFor('transformer', device, 'auto', traits) }, float32 }
    : { float32 };
}

export const deviceBench =
  (options: DeviceOptions): BenchPart =>
  async (folder, say) => {
    const device = parseDevice('--device', options.device);
    const report = await testDevice(device);
    if ('reason' in report) throw new Error(`${device} cannot be used: ${report.reason}`);
    say(`${device}: ${JSON.stringify(report.traits)}`);
    mkdirSync(folder, { recursive: true });
    const clock = device === 'cpu' ? processorTime : () => performance.now();
    const figures: Record<string, Figures[string]> = {};
    for (const model of options.models) {
      const network = randomTransformer(folder, model, options.blocks);
      let exact: Map<number, Float32Array> | undefined;
      for (const [name, form] of Object.entries(formsOf(device, report.traits))) {
        const before = memory(device);
        const start = performance.now();
        const int8 = form.compute.arithmetic === 'int8';
        const used = int8 ? await openInt8(network, TRANSFORMER_TRIAL, { device }, { folder }, say) : network;
        const denoiser = await openDenoiser(used, { device, ...form });
        const load = performance.now() - start;
        const outputs = new Map<number, Float32Array>();
        for (const side of options.sides) {
          const pass = passOf(network.geometry, side);
          outputs.set(side, (await denoiser.velocity(...pass)).data);
          const times: number[] = [];
          for (let round = 0; round < ROUNDS; round++) {
            const from = clock();
            await denoiser.velocity(...pass);
            times.push(clock() - from);
          }
          const error = exact ? relativeL2(outputs.get(side)!, exact.get(side)!) : 0;
          say(
            `${model} ${name} ${side}: ${rounded(median(times))} ms a step, error ${error.toExponential(1)}`,
          );
          figures[`${model}_${name}_${side}`] = atMost(median(times), 'ms a step', Number.POSITIVE_INFINITY, {
            device,
            blocks: network.geometry.depth,
            step_ms: times.map(rounded),
            load_ms: Math.round(load),
            memory_mib: Math.round(memory(device) - before),
            relative_l2: rounded(error),
          });
        }
        exact ??= outputs;
        await denoiser.release();
      }
    }
    // Some blocks alone are a look at the transformer.
    if (options.blocks !== undefined) return figures;
    const vae = randomVae(folder);
    for (const side of options.sides) {
      const size = { height: side / 8, width: side / 8 };
      const compute = computeFor('vae', device, 'auto', report.traits);
      const session = await openNetwork(emitVaeDecoder, vae, size, { device, compute });
      const latent = normal([1, VAE.latentChannels, size.height, size.width], 4);
      await session.run({ latent });
      const from = clock();
      await session.run({ latent });
      figures[`decode_${side}`] = atMost(clock() - from, 'ms', Number.POSITIVE_INFINITY, { device });
      await session.release();
    }
    return figures;
  };

function passOf({ latentChannels, contextWidth, pooledWidth }: MmditGeometry, side: number) {
  const x = normal([1, latentChannels, side / 8, side / 8], 1);
  return [x, 0.7, normal([1, TEXT, contextWidth], 2), normal([1, pooledWidth], 3)] as const;
}

function randomTransformer(folder: string, model: string, blocks?: number): Network<MmditGeometry> {
  const full = GEOMETRIES[model]!;
  const depth = blocks ?? full.depth;
  const geometry = {
    ...full,
    depth,
    dualAttentionBlocks: full.dualAttentionBlocks.filter((block) => block < depth),
  };
  const file = path.join(folder, `device-${model}-${depth}.safetensors`);
  ensureRandomCheckpoint(file, new Map(mmditTensors(geometry)), 'F16');
  return { tensors: openSafetensors(file).tensors, geometry };
}

function randomVae(folder: string) {
  const file = path.join(folder, 'device-vae.safetensors');
  ensureRandomCheckpoint(file, new Map(vaeDecoderTensors(VAE)), 'F16');
  return { tensors: openSafetensors(file).tensors, geometry: VAE };
}

function normal(shape: readonly number[], seed: number): FloatTensor {
  return {
    data: randn(
      seed,
      shape.reduce((product, side) => product * side, 1),
    ),
    shape,
  };
}

/** MiB: of the card in use, or of this process where it is the processor's; NaN where nobody tells. */
function memory(device: DeviceName): number {
  if (device === 'cpu') {
    if (!existsSync('/proc/self/status')) return Number.NaN;
    return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  }
  try {
    const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
    return Number(execFileSync('nvidia-smi', query).toString().trim().split('\n')[0]);
  } catch {
    return Number.NaN;
  }
}
