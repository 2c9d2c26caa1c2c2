/** The way from prompts to conditionings: the text networks are open only while prompts are new. */
import { EMBEDDED_FOLDER } from '../../config/find-model.ts';
import { tokenizerFiles } from '../../config/tokenizer-files.ts';
import { type Conditioning, encodePrompt, type TextWidths } from '../text/encode-prompt.ts';
import type { EncodingCache } from '../text/encoding-cache.ts';
import { readAsTaught } from '../text/nearest-words.ts';
import { checkTokenizersFit, openTokenizers, type Tokenizers } from '../text/open-tokenizers.ts';
import { type PromptWords, tokenizeWords } from '../text/prompt-words.ts';
import { type TextLayouts, textLayouts } from '../text/tokenize-prompt.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import { brokenWeights } from '../weights/find-broken.ts';
import { patchTensors } from '../weights/lora/patch.ts';
import type { SafetensorsFile } from '../weights/safetensors.ts';
import type { SessionOptions } from './session.ts';
import { type OpenedTextEncoders, openTextEncoders, type TextNetworks } from './text-encoders.ts';

/** Text networks with what belongs to them; any of the three may be absent. */
export interface TextSource {
  readonly networks: TextNetworks;
  /** Folder of tokenizer files. */
  readonly tokenizers: string;
  readonly widths: TextWidths;
  /** The networks' files as they were opened. */
  readonly files: readonly Pick<SafetensorsFile, 'file' | 'stamp'>[];
}

/** How the networks are changed before they encode. */
export interface TextChange {
  /** The layer whose output is taken, counted from the end: -1, -2... */
  readonly stopAt?: number;
  /** Of the LoRA files that the networks are patched with. */
  readonly strengths?: readonly number[];
}

export interface PromptEncoder {
  /** @throws Fault tokenizers.*, and from the encoders prompt.* */
  encode(words: PromptWords, change?: TextChange): Promise<Conditioning>;
  /** To be called when nothing is encoded for a while: closes the networks. */
  rest(): Promise<void>;
}

/**
 * @param t5Options T5 may be computed elsewhere, where the card is too small for it
 * @param cache may be shared: models with the same text files (Turbo and Large) share their encodings
 */
export function openPromptEncoder(
  source: TextSource,
  cache: EncodingCache,
  options: SessionOptions,
  t5Options = options,
): PromptEncoder {
  const { networks, widths } = source;
  let opening: Promise<{ tokenizers: Tokenizers; layouts: TextLayouts }> | undefined;
  const encoders = new Map<string, OpenedTextEncoders>();
  // With the built-in model's tokenizers, words that it was not taught are read as the nearest ones.
  const taught = (words: PromptWords): PromptWords =>
    source.tokenizers === EMBEDDED_FOLDER && 'text' in words ? { text: readAsTaught(words.text) } : words;

  const ready = () => {
    opening ??= openTokenizersFor(source);
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  };

  return {
    async encode(words, change = {}) {
      const model = JSON.stringify([textKey(source), change]);
      const text = JSON.stringify(words);
      const kept = cache.get(model, text);
      if (kept) return kept;
      const { tokenizers, layouts } = await ready();
      const key = String(change.stopAt);
      let opened = encoders.get(key);
      if (!opened) {
        opened = openTextEncoders(networks, options, change.stopAt, t5Options);
        encoders.set(key, opened);
      }
      const tokens = tokenizeWords(taught(words), tokenizers, layouts);
      const { context, y } = await encodePrompt(tokens, layouts, opened.at(change.strengths ?? []), widths);
      proveNumbers({ context, y }, networks);
      cache.set(model, text, { context, y });
      return { context, y };
    },
    async rest() {
      const opened = [...encoders.values()];
      encoders.clear();
      await Promise.all(opened.map((one) => one.release()));
    },
  };
}

/** An encoding that is not finite has its cause in the weights. @throws Fault weights.not_numbers */
function proveNumbers({ context, y }: Conditioning, { clip_l, clip_g, t5xxl }: TextNetworks): void {
  if (context.data.every(Number.isFinite) && y.data.every(Number.isFinite)) return;
  const broken = brokenWeights([clip_l, clip_g, t5xxl]);
  if (broken) throw broken;
}

async function openTokenizersFor({ tokenizers: folder, networks }: TextSource) {
  const { clip_l, clip_g, t5xxl } = networks;
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
  return { tokenizers, layouts };
}

/** Names everything that an encoding depends on: the text networks' files as they were opened, and the tokenizers. */
function textKey({ networks, tokenizers, widths, files }: TextSource): string {
  const roles = (['clip_l', 'clip_g', 't5xxl'] as const).map((role) => {
    const network = networks[role];
    if (network === undefined) return null;
    const used = new Set<string>();
    for (const tensor of [...network.tensors.values(), ...patchTensors(network.patches)])
      for (const range of tensor.ranges) used.add(range.file);
    // The same files on other text networks, or in another order, are other patches.
    const opened = new Map(files.map(({ file, stamp }) => [file, stamp]));
    // What was unpacked is named after its source as it was then.
    const stamps = [...used].map((file) => [file, opened.get(file) ?? currentStamp(file)]);
    return [stamps, network.patches?.byTensor.length ?? 0];
  });
  const words = Object.values(tokenizerFiles(tokenizers)).map((file: string) => [file, currentStamp(file)]);
  return JSON.stringify([words, widths, roles]);
}
