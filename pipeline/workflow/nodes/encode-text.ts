/** Words to conditioning, and how the encoders are changed before. */
import type { PromptWords } from '../../text/prompt-words.ts';
import { choice, link, text, whole } from '../inputs.ts';
import { defineNode, type RunContext } from '../node.ts';
import type { Clip, Entry } from '../values.ts';

async function encode(
  clip: Clip,
  words: PromptWords,
  { networks, enter }: RunContext,
): Promise<readonly Entry[]> {
  enter('encoding');
  const { source, stopAt, loras } = clip;
  const encoder = await networks.encoder(
    networks.patched.text(
      source,
      loras.map(({ file }) => file),
    ),
  );
  const { context, y } = await encoder.encode(words, {
    ...(stopAt !== undefined && { stopAt }),
    ...(loras.length > 0 && { strengths: loras.map(({ strength }) => strength) }),
  });
  return [{ context, y }];
}

/** `CLIPTextEncode`: the same words to every encoder. */
export const clipTextEncode = defineNode({
  name: 'CLIPTextEncode',
  inputs: { text: text(), clip: link('CLIP') },
  outputs: ['CONDITIONING'],
  run: async ({ text, clip }, context) => [await encode(clip, { text }, context)],
});

/** `CLIPTextEncodeSD3`: words of their own for each encoder. */
export const clipTextEncodeSd3 = defineNode({
  name: 'CLIPTextEncodeSD3',
  inputs: {
    clip: link('CLIP'),
    clip_l: text(),
    clip_g: text(),
    t5xxl: text(),
    empty_padding: choice(['none', 'empty_prompt'], 'none'),
  },
  outputs: ['CONDITIONING'],
  run: async ({ clip, clip_l: l, clip_g: g, t5xxl: t5, empty_padding: emptyPadding }, context) => [
    await encode(clip, { l, g, t5, emptyPadding }, context),
  ],
});

/** `CLIPSetLastLayer`: takes an earlier layer's output, of T5 too. */
export const clipSetLastLayer = defineNode({
  name: 'CLIPSetLastLayer',
  inputs: { clip: link('CLIP'), stop_at_clip_layer: whole(-24, -1, -1) },
  outputs: ['CLIP'],
  run: ({ clip, stop_at_clip_layer: stopAt }) => [{ ...clip, stopAt }],
});
