/** The words that go to each text encoder, and what becomes of an encoder that is given none. */
import type { TokenChunk } from './chunk.ts';
import type { Tokenizers } from './open-tokenizers.ts';
import { type TextLayouts, type TokenizedPrompt, tokenizePrompt } from './tokenize-prompt.ts';

/** One text for all of them, or one each (ComfyUI's `CLIPTextEncodeSD3`). */
export type PromptWords =
  | { readonly text: string }
  | {
      readonly l: string;
      readonly g: string;
      readonly t5: string;
      /** `none`: an empty text is left out; `empty_prompt`: it is encoded like any other. */
      readonly emptyPadding: 'none' | 'empty_prompt';
    };

/**
 * Tokens of each encoder's own words. The CLIPs get equally many chunks: the one with fewer is filled up with
 * empty prompts (`CLIPTextEncodeSD3.execute` in ComfyUI's `comfy_extras/nodes_sd3.py`).
 */
export function tokenizeWords(
  words: PromptWords,
  tokenizers: Tokenizers,
  layouts: TextLayouts,
): TokenizedPrompt {
  if ('text' in words) return tokenizePrompt(words.text, tokenizers, layouts);
  const of = (text: string) =>
    text === '' && words.emptyPadding === 'none' ? undefined : tokenizePrompt(text, tokenizers, layouts);
  const empty = tokenizePrompt('', tokenizers, layouts);
  const l = of(words.l)?.l ?? [];
  const g = of(words.g)?.g ?? [];
  return {
    l: filledUp(l, g.length, empty.l),
    g: filledUp(g, l.length, empty.g),
    ...(layouts.t5xxl && { t5xxl: of(words.t5)?.t5xxl ?? [] }),
  };
}

function filledUp(
  chunks: readonly TokenChunk[],
  count: number,
  empty: readonly TokenChunk[],
): readonly TokenChunk[] {
  const filled = [...chunks];
  while (filled.length < count) filled.push(...empty);
  return filled;
}
