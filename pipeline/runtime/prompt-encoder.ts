/** A model's way from prompts to conditionings: the text networks are open only while a prompt is new. */
import { EMBEDDED_FOLDER } from '../../config/find-model.ts';
import { type Conditioning, encodePrompt } from '../text/encode-prompt.ts';
import type { EncodingCache } from '../text/encoding-cache.ts';
import { readAsTaught } from '../text/nearest-words.ts';
import { checkTokenizersFit, openTokenizers } from '../text/open-tokenizers.ts';
import { textLayouts, tokenizePrompt } from '../text/tokenize-prompt.ts';
import type { OpenedModel } from '../weights/open-model.ts';
import type { SessionOptions } from './session.ts';
import { openTextEncoders } from './text-encoders.ts';

/** Conditionings in the order of the texts. */
export type PromptEncoder = (texts: readonly string[]) => Promise<Conditioning[]>;

/**
 * @param folder of the tokenizers; with the built-in model's, words that it was not taught are read as the nearest ones
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
    clip_l: clip_l.geometry.vocabSize,
    clip_g: clip_g.geometry.vocabSize,
    ...(t5xxl && { t5xxl: t5xxl.geometry.vocabSize }),
  });
  const layouts = textLayouts(tokenizers, {
    clipL: clip_l.geometry,
    clipG: clip_g.geometry,
    ...(t5xxl && { t5: t5xxl.geometry }),
  });
  const key = textKey(networks, folder);
  const read = folder === EMBEDDED_FOLDER ? readAsTaught : (text: string) => text;

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
          const tokens = tokenizePrompt(read(text), tokenizers, layouts);
          const encoded = await encodePrompt(tokens, layouts, encoders, mmdit.geometry.contextWidth);
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

/** Names everything that an encoding depends on: the text networks' files as they are now, and the tokenizers. */
function textKey({ clip_l, clip_g, t5xxl, mmdit, files }: OpenedModel, folder: string): string {
  const used = new Set<string>();
  for (const network of [clip_l, clip_g, t5xxl])
    for (const tensor of network?.tensors.values() ?? [])
      for (const slab of tensor.slabs) used.add(slab.file);
  const stamps = files.filter(({ file }) => used.has(file)).map(({ file, stamp }) => [file, stamp]);
  return JSON.stringify([folder, mmdit.geometry.contextWidth, stamps]);
}
