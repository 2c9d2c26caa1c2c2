/** The model that a worker holds between requests: its sessions, and whether its files are still the same. */
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tokenizerFiles } from '../../config/tokenizer-files.ts';
import type { ModelFiles } from '../request.ts';
import { EncodingCache } from '../text/encoding-cache.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import { type OpenedModel, openModel } from '../weights/open-model.ts';
import { type UnpackOptions, unpackNetwork } from '../weights/unpack.ts';
import { type Autoencoder, openAutoencoder } from './autoencoder.ts';
import { type Denoiser, openDenoiser } from './denoiser.ts';
import { openPreviewer, type Previewer } from './previewer.ts';
import { openPromptEncoder, type PromptEncoder } from './prompt-encoder.ts';
import type { SessionOptions } from './session.ts';

/** Bytes of encodings kept: about twenty-five prompts of a real model, thousands of nano's. */
const ENCODING_BYTES = 64 * 2 ** 20;

export interface ResidentModel {
  readonly networks: OpenedModel;
  readonly denoiser: Denoiser;
  readonly autoencoder: Autoencoder;
  readonly encode: PromptEncoder;
  readonly previewer: Previewer;
  release(): Promise<void>;
}

/**
 * Holds one model at a time: the next one's weights take its place in the page cache or on the device. Files that
 * were replaced since are opened anew.
 */
export function residentModels(options: SessionOptions): {
  /** @param told of the unpacking of files that cannot be read in place */
  open(files: ModelFiles, told?: Pick<UnpackOptions, 'onProgress' | 'signal'>): Promise<ResidentModel>;
} {
  const encodings = new EncodingCache(ENCODING_BYTES);
  let held: { key: string; model: ResidentModel } | undefined;
  return {
    async open(files, told = {}) {
      const key = JSON.stringify([files, tokenizerStamps(files.tokenizers)]);
      if (held?.key === key && isUnchanged(held.model.networks)) return held.model;
      const stale = held;
      held = undefined;
      await stale?.model.release();
      held = { key, model: await openResident(files, encodings, options, told) };
      return held.model;
    },
  };
}

async function openResident(
  files: ModelFiles,
  encodings: EncodingCache,
  options: SessionOptions,
  told: Pick<UnpackOptions, 'onProgress' | 'signal'>,
): Promise<ResidentModel> {
  const networks = await unpackModel(openModel(files), { ...told, folder: unpackingFolder(options) });
  const denoiser = await openDenoiser(networks.mmdit, options);
  const autoencoder = openAutoencoder(networks.vae, options);
  const previewer = openPreviewer(networks.taesd, options);
  let encoder: Promise<PromptEncoder> | undefined;
  return {
    networks,
    denoiser,
    autoencoder,
    previewer,
    async encode(texts) {
      encoder ??= openPromptEncoder(networks, files.tokenizers, encodings, options);
      encoder.catch(() => {
        encoder = undefined;
      });
      return (await encoder)(texts);
    },
    async release() {
      await Promise.all([denoiser.release(), autoencoder.release(), previewer.release()]);
    },
  };
}

async function unpackModel(model: OpenedModel, options: UnpackOptions): Promise<OpenedModel> {
  const { mmdit, vae, clip_l, clip_g, t5xxl, taesd } = model;
  return {
    ...model,
    mmdit: await unpackNetwork(mmdit, options),
    vae: await unpackNetwork(vae, options),
    ...(clip_l && { clip_l: await unpackNetwork(clip_l, options) }),
    ...(clip_g && { clip_g: await unpackNetwork(clip_g, options) }),
    ...(t5xxl && { t5xxl: await unpackNetwork(t5xxl, options) }),
    ...(taesd && { taesd: await unpackNetwork(taesd, options) }),
  };
}

/** Beside the graphs; where none are kept, in the system's temporary folder. */
function unpackingFolder({ cacheFolder }: SessionOptions): string {
  return cacheFolder === undefined
    ? join(tmpdir(), 'darkroom-unpacked')
    : join(dirname(cacheFolder), 'unpacked');
}

/** Tokenizers that were replaced mean other encodings. */
function tokenizerStamps(folder: string): readonly unknown[] {
  return Object.values(tokenizerFiles(folder)).map((file: string) => [file, currentStamp(file)]);
}

function isUnchanged(networks: OpenedModel): boolean {
  return networks.files.every(({ file, stamp }) => currentStamp(file) === stamp);
}
