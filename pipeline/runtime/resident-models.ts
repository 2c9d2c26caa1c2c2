/** The model that a worker holds between requests: its sessions, and whether its files are still the same. */
import type { ModelFiles } from '../request.ts';
import { EncodingCache } from '../text/encoding-cache.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import { type OpenedModel, openModel } from '../weights/open-model.ts';
import { type Autoencoder, openAutoencoder } from './autoencoder.ts';
import { type Denoiser, openDenoiser } from './denoiser.ts';
import { openPromptEncoder, type PromptEncoder } from './prompt-encoder.ts';
import type { SessionOptions } from './session.ts';

/** Bytes of encodings kept: about twenty-five prompts of a real model, thousands of nano's. */
const ENCODING_BYTES = 64 * 2 ** 20;

export interface ResidentModel {
  readonly networks: OpenedModel;
  readonly denoiser: Denoiser;
  readonly autoencoder: Autoencoder;
  readonly encode: PromptEncoder;
  release(): Promise<void>;
}

/**
 * Holds one model at a time: the next one's weights take its place in the page cache or on the device. Files that
 * were replaced since are opened anew.
 */
export function residentModels(options: SessionOptions): { open(files: ModelFiles): Promise<ResidentModel> } {
  const encodings = new EncodingCache(ENCODING_BYTES);
  let held: { key: string; model: ResidentModel } | undefined;
  return {
    async open(files) {
      const key = JSON.stringify(files);
      if (held?.key === key && isUnchanged(held.model.networks)) return held.model;
      const stale = held;
      held = undefined;
      await stale?.model.release();
      held = { key, model: await openResident(files, encodings, options) };
      return held.model;
    },
  };
}

async function openResident(
  files: ModelFiles,
  encodings: EncodingCache,
  options: SessionOptions,
): Promise<ResidentModel> {
  const networks = openModel(files);
  const denoiser = await openDenoiser(networks.mmdit, options);
  const autoencoder = openAutoencoder(networks.vae, options);
  let encoder: Promise<PromptEncoder> | undefined;
  return {
    networks,
    denoiser,
    autoencoder,
    async encode(texts) {
      encoder ??= openPromptEncoder(networks, files.tokenizers, encodings, options);
      encoder.catch(() => {
        encoder = undefined;
      });
      return (await encoder)(texts);
    },
    async release() {
      await Promise.all([denoiser.release(), autoencoder.release()]);
    },
  };
}

function isUnchanged(networks: OpenedModel): boolean {
  return networks.files.every(({ file, stamp }) => currentStamp(file) === stamp);
}
