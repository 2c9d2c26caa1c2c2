/** A model's way from prompts to conditionings: the text networks are open only while a prompt is new. */

import type { TokenizerFiles } from '../../config/tokenizer-files.ts';
import { type Conditioning, encodePrompt } from '../text/encode-prompt.ts';
import type { EncodingCache } from '../text/encoding-cache.ts';
import { checkTokenizersFit, openTokenizers } from '../text/open-tokenizers.ts';
import { textLayouts, tokenizePrompt } from '../text/tokenize-prompt.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import { brokenWeights } from '../weights/find-broken.ts';
import type { OpenedModel } from '../weights/open-model.ts';
import type { SessionOptions } from './session.ts';
import { openTextEncoders } from './text-encoders.ts';

/** Conditionings in the order of the texts. */
export type PromptEncoder = (texts: readonly string[]) => Promise<Conditioning[]>;

/**
 * @param folder of the tokenizers
 * @param cache may be shared by models: those with the same text files (Turbo and Large) share their encodings
 * @throws Fault tokenizers.*, and from the encoder prompt.*
 */
export async function openPromptEncoder(
  networks: OpenedModel,
  folder: string,
  cache: EncodingCache,
  options: SessionOptions,
): Promise<PromptEncoder> {
  const { mmdit, clip_l, clip_g, t5xxl } = networks;
  const tokenizers = await openTokenizers(folder);
  checkTokenizersFit(tokenizers, {
    ...(clip_l && { clip_l: clip_l.geometry.vocabSize }),
    ...(clip_g && { clip_g: clip_g.geometry.vocabSize }),
    ...(t5xxl && { t5xxl: t5xxl.geometry.vocabSize }),
  });
  const layouts = textLayouts(tokenizers, {
    ...(clip_l && { clipL: clip_l.geometry }),
    ...(clip_g && { clipG: clip_g.geometry }),
    ...(t5xxl && { t5: t5xxl.geometry }),
  });
  const key = textKey(networks, tokenizers.files);

  return async (texts) => {
    const known = new Map<string, Conditioning>();
    for (const text of texts) {
      const kept = cache.get(key, text);
      if (kept) known.set(text, kept);
    }
    const fresh = [...new Set(texts)].filter((text) => !known.has(text));
    if (fresh.length > 0) {
      const encoders = await openTextEncoders(networks, options);
      try {
        for (const text of fresh) {
          const tokens = tokenizePrompt(text, tokenizers, layouts);
          const { contextWidth, pooledWidth } = mmdit.geometry;
          const encoded = await encodePrompt(tokens, layouts, encoders, contextWidth, pooledWidth);
          proveNumbers(encoded, networks);
          known.set(text, encoded);
          cache.set(key, text, encoded);
        }
      } finally {
        await encoders.release();
      }
    }
    return texts.map((text) => known.get(text)!);
  };
}

/** An encoding that is not finite has its cause in the weights. @throws Fault weights.not_numbers */
function proveNumbers({ context, y }: Conditioning, { clip_l, clip_g, t5xxl }: OpenedModel): void {
  if (context.data.every(Number.isFinite) && y.data.every(Number.isFinite)) return;
  const broken = brokenWeights([clip_l, clip_g, t5xxl]);
  if (broken) throw broken;
}

/** Names everything that an encoding depends on: the text networks' files as they are now, and the tokenizers'. */
function textKey({ clip_l, clip_g, t5xxl, mmdit, files }: OpenedModel, tokenizers: TokenizerFiles): string {
  const opened = new Map(files.map(({ file, stamp }) => [file, stamp]));
  const networks = [clip_l, clip_g, t5xxl].map((network) => {
    const used = new Set(
      [...(network?.tensors.values() ?? [])].flatMap(({ slabs }) => slabs.map(({ file }) => file)),
    );
    return [...used].map((file) => [file, opened.get(file) ?? currentStamp(file)]);
  });
  const words = Object.values(tokenizers).map((file: string) => [file, currentStamp(file)]);
  const { contextWidth, pooledWidth } = mmdit.geometry;
  return JSON.stringify([words, contextWidth, pooledWidth, networks]);
}
