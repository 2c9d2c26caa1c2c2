/**
 * The networks that a worker holds between runs. Without a budget, what a run did not use gives way as soon as something
 * new is to be opened; with one, everything stays that fits (`residency.ts`).
 */
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { Fault } from '../../config/faults.ts';
import type { Precision } from '../../config/settings.ts';
import { type Compute, ON_PROCESSOR } from '../graph/compute.ts';
import { EncodingCache } from '../text/encoding-cache.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import type { MmditGeometry, ModelNetworks, Network, VaeGeometry } from '../weights/geometry.ts';
import type { ControlNetGeometry } from '../weights/networks/control-net.ts';
import { openTaesd } from '../weights/networks/taesd.ts';
import type { SafetensorsFile } from '../weights/safetensors.ts';
import type { StoredTensors } from '../weights/stored-tensor.ts';
import { openTensors } from '../weights/tensor-set.ts';
import { type UnpackOptions, unpackNetwork } from '../weights/unpack.ts';
import { computeFor, ROOMY, type Role } from './arithmetic.ts';
import { type Autoencoder, openAutoencoder } from './autoencoder.ts';
import { type ControlNet, openControl } from './control-net.ts';
import { type Denoiser, openDenoiser } from './denoiser.ts';
import { type Holding, Holdings } from './holdings.ts';
import { openInt8 } from './int8.ts';
import { CLIP_TRIAL, type Int8Trial, T5_TRIAL, TRANSFORMER_TRIAL } from './int8-trials.ts';
import { PatchedNetworkCache } from './patched-networks.ts';
import { openPreviewer, type Previewer } from './previewer.ts';
import { openPromptEncoder, type PromptEncoder, type TextSource } from './prompt-encoder.ts';
import { bytesOnDevice, t5OnCard } from './residency.ts';
import { hasRoom, isSmall } from './room.ts';
import { type DeviceReport, testDevice } from './self-test.ts';
import type { SessionOptions } from './session.ts';

/** Bytes of encodings kept: about twenty-five prompts of a real model, thousands of nano's. */
const ENCODING_BYTES = 64 * 2 ** 20;
/** What a transformer usually takes on a card, before the card was tried. */
const HALF_ON_CARD: Compute = { ...ON_PROCESSOR, arithmetic: 'float16', weights: 'gathered' };
/** What decoding keeps for the next picture where memory is not given back at once: 1.6 GB at 512x512, by measurement. */
const VAE_WORKING = 2 * 2 ** 30;
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
  /** To be called when nothing is encoded for a while: text networks give way, at once where no memory is reckoned with and they are not small. */
  restText(): Promise<void>;
  release(): Promise<void>;
  holding(): Holding;
}

interface Told extends Pick<UnpackOptions, 'onProgress' | 'signal'> {
  /** Told what the operator should know, in a sentence. */
  readonly onNote?: (sentence: string) => void;
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
  /** Bytes that models may take on the card: what fits stays. Without it each run drops what it does not use. */
  readonly budget?: number;
}

export function holdNetworks({ precision = 'auto', budget, ...options }: HoldOptions): HeldNetworks {
  const encodings = new EncodingCache(ENCODING_BYTES);
  const remembered = new LRUCache<string, { readonly files: readonly SafetensorsFile[] }>({
    max: REMEMBERED,
  });
  const holdings = new Holdings(options.device, budget);
  /** Bytes of the transformers and VAEs that were opened, by their files: what T5 has to leave room for. */
  const seen = new Map<string, { readonly transformer: number; readonly vae: number }>();
  const closedAtRest = new Set<PromptEncoder>();
  const pairs = new WeakMap<object, WeakMap<object, object>>();
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
  /** The same for one network: a processor with room for it is given what makes it faster. */
  const optionsForNetwork = async (role: Role, network: { readonly tensors: StoredTensors }) => {
    const own = await optionsFor(role);
    const isPlain = options.device === 'cpu' && own.compute === ON_PROCESSOR;
    if (!isPlain || !hasRoom(network.tensors, role === 'vae' ? VAE_WORKING : 0)) return own;
    return { ...own, compute: ROOMY, prepacks: true, returnsMemory: false };
  };

  async function openTransformer(network: Network<MmditGeometry>): Promise<Denoiser> {
    const own = await optionsForNetwork('transformer', network);
    return openDenoiser(await narrowed(network, TRANSFORMER_TRIAL, own), own);
  }

  /** The network with matrices of 8 bits where it is calculated with those. */
  async function narrowed<G>(
    network: Network<G>,
    trial: Int8Trial<G>,
    { compute }: SessionOptions,
  ): Promise<Network<G>> {
    if (compute?.arithmetic !== 'int8') return network;
    const say = (sentence: string) => told.onNote?.(sentence);
    return openInt8(network, trial, options, { ...told, folder }, say);
  }

  /** One object for the two together. */
  function pairOf(a: object, b: object): object {
    const own = pairs.get(a) ?? new WeakMap<object, object>();
    pairs.set(a, own);
    const pair = own.get(b) ?? {};
    own.set(b, pair);
    return pair;
  }

  /** Bytes of networks of a kind on the device. */
  async function bytesOf(
    role: Role,
    ...networks: readonly { readonly tensors: StoredTensors }[]
  ): Promise<number> {
    const { compute = ON_PROCESSOR } = await optionsFor(role);
    return networks.reduce((sum, { tensors }) => sum + bytesOnDevice(tensors, compute), 0);
  }

  /** T5's place: on the card where it leaves room for the transformer, else on the processor. */
  async function t5Options(source: TextSource): Promise<SessionOptions> {
    const { t5xxl, clip_l, clip_g } = source.networks;
    const own = await optionsFor('text');
    if (!t5xxl || budget === undefined) return own;
    const clips = await bytesOf('text', ...[clip_l, clip_g].filter((one) => one !== undefined));
    const vae = Math.max(0, ...[...seen.values()].map((one) => one.vae));
    const transformers = [...seen.values()].map((one) => one.transformer);
    const fits = t5OnCard(await bytesOf('text', t5xxl), clips + vae, transformers, budget);
    return fits ? own : { ...options, device: 'cpu', compute: ON_PROCESSOR };
  }

  return {
    begin(now = {}) {
      holdings.begin();
      told = now;
    },
    opened<T extends { readonly files: readonly SafetensorsFile[] }>(key: string, open: () => T): T {
      const known = remembered.get(key);
      if (known?.files.every(({ file, stamp }) => currentStamp(file) === stamp)) return known as T;
      const made = open();
      const { mmdit, vae } = made as Partial<ModelNetworks>;
      if (budget !== undefined && mmdit && vae) {
        const transformer = bytesOnDevice(mmdit.tensors, HALF_ON_CARD);
        seen.set(key, { transformer, vae: bytesOnDevice(vae.tensors, ON_PROCESSOR) });
      }
      remembered.set(key, made);
      return made;
    },
    patched: new PatchedNetworkCache(),
    denoiser: (network) =>
      holdings.hold(
        network,
        'transformer',
        () => bytesOf('transformer', network),
        async () => openTransformer(await readable(network)),
      ),
    control: (network, model) =>
      holdings.hold(
        pairOf(network, model),
        'control',
        () => bytesOf('transformer', network),
        async () =>
          openControl(await readable(network), await readable(model), await optionsFor('transformer')),
      ),
    autoencoder: (network) =>
      holdings.hold(
        network,
        'vae',
        () => bytesOf('vae', network),
        async () => openAutoencoder(await readable(network), await optionsForNetwork('vae', network)),
      ),
    previewer(file) {
      if (file === undefined)
        return holdings.hold(
          plainPreviews,
          'preview',
          () => 0,
          async () => openPreviewer(undefined, options),
        );
      const opened = this.opened(JSON.stringify(['preview', file]), () => {
        const set = openTensors(file);
        return { network: openTaesd(set), files: set.files };
      });
      return holdings.hold(
        opened,
        'preview',
        () => bytesOf('vae', opened.network),
        async () => openPreviewer(await readable(opened.network), await optionsFor('vae')),
      );
    },
    encoder: (source) =>
      holdings.hold(
        source,
        'text',
        async () => {
          const { clip_l, clip_g, t5xxl } = source.networks;
          const onCard =
            (await t5Options(source)).device !== 'cpu' ? [clip_l, clip_g, t5xxl] : [clip_l, clip_g];
          return bytesOf('text', ...onCard.filter((one) => one !== undefined));
        },
        async () => {
          const { clip_l, clip_g, t5xxl } = source.networks;
          const own = await optionsFor('text');
          const forT5 = await t5Options(source);
          const ready = async <G>(network: Network<G>, trial: Int8Trial<G>, where: SessionOptions) => {
            const whole = await readable(network);
            return isSmall(network.tensors) ? whole : narrowed(whole, trial, where);
          };
          const networks = {
            ...(clip_l && { clip_l: await ready(clip_l, CLIP_TRIAL, own) }),
            ...(clip_g && { clip_g: await ready(clip_g, CLIP_TRIAL, own) }),
            ...(t5xxl && { t5xxl: await ready(t5xxl, T5_TRIAL, forT5) }),
          };
          const encoder = openPromptEncoder({ ...source, networks }, encodings, own, forT5);
          const all = [clip_l, clip_g, t5xxl].filter((one) => one !== undefined);
          if (!all.every(({ tensors }) => isSmall(tensors))) closedAtRest.add(encoder);
          const release = async () => {
            closedAtRest.delete(encoder);
            await encoder.rest();
          };
          return { ...encoder, release };
        },
      ),
    async restText() {
      holdings.letGo('text');
      if (!holdings.isReckoned) await Promise.all([...closedAtRest].map((encoder) => encoder.rest()));
    },
    release: () => holdings.release(),
    holding: () => holdings.holding,
  };
}
