/** The model that a worker holds between requests: its sessions, its text encodings, and whether its files are still the same. */
import { statSync } from 'node:fs';
import type { ModelFiles } from '../request.ts';
import { type Conditioning, encodePrompt } from '../text/encode-prompt.ts';
import { EncodingCache } from '../text/encoding-cache.ts';
import { openTokenizers } from '../text/open-tokenizers.ts';
import { type OpenedModel, openModel } from '../weights/open-model.ts';
import { type Autoencoder, openAutoencoder } from './autoencoder.ts';
import { type Denoiser, openDenoiser } from './denoiser.ts';
import type { SessionOptions } from './session.ts';
import { openTextEncoders } from './text-encoders.ts';

export interface ResidentModel {
  readonly networks: OpenedModel;
  readonly denoiser: Denoiser;
  readonly autoencoder: Autoencoder;
  /** Conditionings in the order of the texts; the text networks are open only while a text is new. */
  encode(texts: readonly string[]): Promise<Conditioning[]>;
  release(): Promise<void>;
}

/**
 * Holds one model at a time: the next one's weights take its place in the page cache or on the device. Files that
 * were replaced since are opened anew.
 */
export function residentModels(options: SessionOptions): { open(files: ModelFiles): Promise<ResidentModel> } {
  let held: { key: string; model: ResidentModel } | undefined;
  return {
    async open(files) {
      const key = JSON.stringify(files);
      if (held?.key === key && isUnchanged(held.model.networks)) return held.model;
      const stale = held;
      held = undefined;
      await stale?.model.release();
      held = { key, model: await openResident(files, options) };
      return held.model;
    },
  };
}

async function openResident(files: ModelFiles, options: SessionOptions): Promise<ResidentModel> {
  const networks = openModel(files);
  const tokenizers = openTokenizers(files.tokenizers);
  const cache = new EncodingCache();
  const denoiser = await openDenoiser(networks.mmdit, options);
  const autoencoder = openAutoencoder(networks.vae, options);
  return {
    networks,
    denoiser,
    autoencoder,
    async encode(texts) {
      const unknown = [...new Set(texts)].filter((text) => !cache.has(text));
      if (unknown.length > 0) {
        const encoders = openTextEncoders(networks, options);
        try {
          for (const text of unknown)
            cache.set(text, await encodePrompt(text, tokenizers, encoders, networks));
        } finally {
          await encoders.release();
        }
      }
      return texts.map((text) => cache.get(text)!);
    },
    async release() {
      await Promise.all([denoiser.release(), autoencoder.release()]);
    },
  };
}

function isUnchanged(networks: OpenedModel): boolean {
  return networks.files.every(({ file, size, mtimeMs, inode }) => {
    const now = statSync(file, { throwIfNoEntry: false });
    return now?.size === size && now.mtimeMs === mtimeMs && now.ino === inode;
  });
}
