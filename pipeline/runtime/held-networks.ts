/**
 * The networks that a worker holds between runs: what a run uses stays for the next one, and what it did not use gives
 * way as soon as something new is to be opened, since both would not fit on a device.
 */
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { Fault } from '../../config/faults.ts';
import type { Precision } from '../../config/settings.ts';
import { EncodingCache } from '../text/encoding-cache.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import type { MmditGeometry, Network, VaeGeometry } from '../weights/geometry.ts';
import type { ControlNetGeometry } from '../weights/networks/control-net.ts';
import { openTaesd } from '../weights/networks/taesd.ts';
import type { SafetensorsFile } from '../weights/safetensors.ts';
import { openTensors } from '../weights/tensor-set.ts';
import { type UnpackOptions, unpackNetwork } from '../weights/unpack.ts';
import { computeFor, type Role } from './arithmetic.ts';
import { type Autoencoder, openAutoencoder } from './autoencoder.ts';
import { type ControlNet, openControl } from './control-net.ts';
import { type Denoiser, openDenoiser } from './denoiser.ts';
import { PatchedNetworkCache } from './patched-networks.ts';
import { openPreviewer, type Previewer } from './previewer.ts';
import { openPromptEncoder, type PromptEncoder, type TextSource } from './prompt-encoder.ts';
import { type DeviceReport, testDevice } from './self-test.ts';
import type { SessionOptions } from './session.ts';

/** Bytes of encodings kept: about twenty-five prompts of a real model, thousands of nano's. */
const ENCODING_BYTES = 64 * 2 ** 20;
/** Files whose checked headers are remembered. */
const REMEMBERED = 32;

export interface HeldNetworks {
  /**
   * Called when a run begins: what is used from now on is used by this run.
   * @param told of the unpacking of files that cannot be read in place
   */
  begin(told?: Told): void;
  /**
   * What `open` makes of files, made anew only when one of them was replaced since.
   * @param key names the files and what is made of them
   */
  opened<T extends { readonly files: readonly SafetensorsFile[] }>(key: string, open: () => T): T;
  /** The network or the text networks with LoRA files (absolute paths) on them, in this order. @throws Fault weights.* */
  readonly patched: Pick<PatchedNetworkCache, 'transformer' | 'text'>;
  denoiser(network: Network<MmditGeometry>): Promise<Denoiser>;
  /** @param model the transformer that it guides, with its patches */
  control(network: Network<ControlNetGeometry>, model: Network<MmditGeometry>): Promise<ControlNet>;
  autoencoder(network: Network<VaeGeometry>): Promise<Autoencoder>;
  encoder(source: TextSource): Promise<PromptEncoder>;
  /** @param file of TAESD3; without it previews are made by one small matrix */
  previewer(file: string | undefined): Promise<Previewer>;
  /** To be called when nothing is encoded for a while: closes all text networks. */
  restText(): Promise<void>;
  release(): Promise<void>;
}

type Told = Pick<UnpackOptions, 'onProgress' | 'signal'>;

interface Held {
  readonly made: Promise<{ release(): Promise<void> }>;
  run: number;
}

/** Beside the graphs; where none are kept, in the system's temporary folder. */
function unpackingFolder({ cacheFolder }: SessionOptions): string {
  return cacheFolder === undefined
    ? join(tmpdir(), 'darkroom-unpacked')
    : join(dirname(cacheFolder), 'unpacked');
}

export interface HoldOptions extends SessionOptions {
  /** Asked for by the operator; `auto` where nothing is. */
  readonly precision?: Precision;
}

export function holdNetworks({ precision = 'auto', ...options }: HoldOptions): HeldNetworks {
  const encodings = new EncodingCache(ENCODING_BYTES);
  const remembered = new LRUCache<string, { readonly files: readonly SafetensorsFile[] }>({
    max: REMEMBERED,
  });
  const held = new Map<object, Held>();
  const encoders = new Set<PromptEncoder>();
  const pairs = new WeakMap<object, WeakMap<object, object>>();
  let run = 0;
  let told: Told = {};
  const folder = unpackingFolder(options);
  const readable = <G>(network: Network<G>) => unpackNetwork(network, { ...told, folder });
  const plainPreviews = {};
  let trying: Promise<DeviceReport> | undefined;
  /** The options of a network of that role; a device other than the processor is tried first, once. */
  const optionsFor = async (role: Role): Promise<SessionOptions> => {
    const { device } = options;
    trying ??= testDevice(device);
    const report = await trying;
    if ('reason' in report)
      throw new Fault('device.unusable', { option: 'the device', device, reason: report.reason });
    return { ...options, compute: computeFor(role, device, precision, report.traits) };
  };

  /** One object for the two together. */
  function pairOf(a: object, b: object): object {
    const own = pairs.get(a) ?? new WeakMap<object, object>();
    pairs.set(a, own);
    const pair = own.get(b) ?? {};
    own.set(b, pair);
    return pair;
  }

  async function dropWhere(isDropped: (one: Held) => boolean): Promise<void> {
    const dropped = [...held].filter(([, one]) => isDropped(one));
    for (const [key] of dropped) held.delete(key);
    await Promise.all(dropped.map(async ([, { made }]) => (await made.catch(() => undefined))?.release()));
  }

  async function hold<T extends { release(): Promise<void> }>(
    key: object,
    open: () => Promise<T>,
  ): Promise<T> {
    const found = held.get(key);
    if (found) {
      found.run = run;
      return found.made as Promise<T>;
    }
    await dropWhere((one) => one.run < run);
    const made = open();
    held.set(key, { made, run });
    made.catch(() => held.delete(key));
    return made;
  }

  return {
    begin(now = {}) {
      run++;
      told = now;
    },
    opened<T extends { readonly files: readonly SafetensorsFile[] }>(key: string, open: () => T): T {
      const known = remembered.get(key);
      if (known?.files.every(({ file, stamp }) => currentStamp(file) === stamp)) return known as T;
      const made = open();
      remembered.set(key, made);
      return made;
    },
    patched: new PatchedNetworkCache(),
    denoiser: (network) =>
      hold(network, async () => openDenoiser(await readable(network), await optionsFor('transformer'))),
    control: (network, model) =>
      hold(pairOf(network, model), async () =>
        openControl(await readable(network), await readable(model), await optionsFor('transformer')),
      ),
    autoencoder: (network) =>
      hold(network, async () => openAutoencoder(await readable(network), await optionsFor('vae'))),
    previewer(file) {
      if (file === undefined) return hold(plainPreviews, async () => openPreviewer(undefined, options));
      const opened = this.opened(JSON.stringify(['preview', file]), () => {
        const set = openTensors(file);
        return { network: openTaesd(set), files: set.files };
      });
      return hold(opened, async () => openPreviewer(await readable(opened.network), await optionsFor('vae')));
    },
    encoder: (source) =>
      hold(source, async () => {
        const { clip_l, clip_g, t5xxl } = source.networks;
        const networks = {
          ...(clip_l && { clip_l: await readable(clip_l) }),
          ...(clip_g && { clip_g: await readable(clip_g) }),
          ...(t5xxl && { t5xxl: await readable(t5xxl) }),
        };
        const encoder = openPromptEncoder({ ...source, networks }, encodings, await optionsFor('text'));
        encoders.add(encoder);
        const release = async () => {
          encoders.delete(encoder);
          await encoder.rest();
        };
        return { ...encoder, release };
      }),
    async restText() {
      await Promise.all([...encoders].map((encoder) => encoder.rest()));
    },
    release: () => dropWhere(() => true),
  };
}
