/** Nodes that put a file of low-rank changes on a model and its text encoders; several apply in the order of the chain. */
import type { LoraUse } from '../../weights/lora-use.ts';
import { file, link, number } from '../inputs.ts';
import { defineNode } from '../node.ts';

const MOST = 100;

/** Nothing is read of a file whose strength is 0, as in ComfyUI. */
function added(loras: readonly LoraUse[], path: string, strength: number): readonly LoraUse[] {
  return strength === 0 ? loras : [...loras, { file: path, strength }];
}

export const loraLoader = defineNode({
  name: 'LoraLoader',
  inputs: {
    model: link('MODEL'),
    clip: link('CLIP'),
    lora_name: file('loras'),
    strength_model: number(-MOST, MOST, 1),
    strength_clip: number(-MOST, MOST, 1),
  },
  outputs: ['MODEL', 'CLIP'],
  run: ({ model, clip, lora_name: path, strength_model, strength_clip }) => [
    { ...model, loras: added(model.loras, path, strength_model) },
    { ...clip, loras: added(clip.loras, path, strength_clip) },
  ],
});

export const loraLoaderModelOnly = defineNode({
  name: 'LoraLoaderModelOnly',
  inputs: { model: link('MODEL'), lora_name: file('loras'), strength_model: number(-MOST, MOST, 1) },
  outputs: ['MODEL'],
  run: ({ model, lora_name: path, strength_model }) => [
    { ...model, loras: added(model.loras, path, strength_model) },
  ],
});
