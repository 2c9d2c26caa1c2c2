/** Nodes that put a LoRA file on a model and on text encoders. Nothing is read before the model is used. */
import type { LoraUse } from '../../weights/lora-use.ts';
import { file, link, number } from '../inputs.ts';
import { defineNode } from '../node.ts';

/** The range of ComfyUI's widget. */
const STRENGTH = number(-100, 100, 1);

function withLora<T extends { readonly loras: readonly LoraUse[] }>(patched: T, lora: LoraUse): T {
  return { ...patched, loras: [...patched.loras, lora] };
}

/** `LoraLoader`; with both strengths 0 it does nothing, as there. */
export const loraLoader = defineNode({
  name: 'LoraLoader',
  inputs: {
    model: link('MODEL'),
    clip: link('CLIP'),
    lora_name: file('loras'),
    strength_model: STRENGTH,
    strength_clip: STRENGTH,
  },
  outputs: ['MODEL', 'CLIP'],
  run({ model, clip, lora_name, strength_model, strength_clip }) {
    if (strength_model === 0 && strength_clip === 0) return [model, clip];
    return [
      withLora(model, { file: lora_name, strength: strength_model }),
      withLora(clip, { file: lora_name, strength: strength_clip }),
    ];
  },
});

/** `LoraLoaderModelOnly`: what the file says about text encoders is left out. */
export const loraLoaderModelOnly = defineNode({
  name: 'LoraLoaderModelOnly',
  inputs: { model: link('MODEL'), lora_name: file('loras'), strength_model: STRENGTH },
  outputs: ['MODEL'],
  run: ({ model, lora_name, strength_model: strength }) => [
    strength === 0 ? model : withLora(model, { file: lora_name, strength }),
  ],
});
