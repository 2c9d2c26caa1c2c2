/** Nodes that let a picture of lines, depth or light and dark guide the sampling. */
import { choice, file, link, number } from '../inputs.ts';
import { defineNode } from '../node.ts';
import type { ControlUse, Entry } from '../values.ts';

/** `ControlNetLoader`. */
export const controlNetLoader = defineNode({
  name: 'ControlNetLoader',
  inputs: { control_net_name: file('controlnet') },
  outputs: ['CONTROL_NET'],
  run: ({ control_net_name: path }) => [{ file: path }],
});

/** The types of union ControlNets in ComfyUI; SD3's have one type each, which the file says. */
const UNION_TYPES = [
  'auto',
  'openpose',
  'depth',
  'hed/pidi/scribble/ted',
  'canny/lineart/anime_lineart/mlsd',
  'normal',
  'segment',
  'tile',
  'repaint',
] as const;

/** `SetUnionControlNetType`: without effect on ControlNets of one type, as all of SD3 are. */
export const setUnionControlNetType = defineNode({
  name: 'SetUnionControlNetType',
  inputs: { control_net: link('CONTROL_NET'), type: choice(UNION_TYPES, 'auto') },
  outputs: ['CONTROL_NET'],
  run: ({ control_net }) => [control_net],
});

/** A ControlNet on every entry, behind those that are there already. */
function controlled(entries: readonly Entry[], use: ControlUse): readonly Entry[] {
  if (use.strength === 0) return entries;
  return entries.map((entry) => ({ ...entry, controls: [...(entry.controls ?? []), use] }));
}

/** `ControlNetApply`, the old node: given to the positive side only, it holds for the negative one as well. */
export const controlNetApply = defineNode({
  name: 'ControlNetApply',
  inputs: {
    conditioning: link('CONDITIONING'),
    control_net: link('CONTROL_NET'),
    image: link('IMAGE'),
    strength: number(0, 10, 1),
  },
  outputs: ['CONDITIONING'],
  run: ({ conditioning, control_net: net, image, strength }) => [
    controlled(conditioning, { net, image, strength, start: 0, end: 1, onOtherSide: true }),
  ],
});

const APPLY = {
  positive: link('CONDITIONING'),
  negative: link('CONDITIONING'),
  control_net: link('CONTROL_NET'),
} as const;
const AMOUNT = {
  strength: number(0, 10, 1),
  start_percent: number(0, 1, 0),
  end_percent: number(0, 1, 1),
} as const;

/** `ControlNetApplyAdvanced`: on both sides, for a part of the schedule. */
export const controlNetApplyAdvanced = defineNode({
  name: 'ControlNetApplyAdvanced',
  inputs: { ...APPLY, image: link('IMAGE'), ...AMOUNT, vae: { ...link('VAE'), optional: true } },
  outputs: ['CONDITIONING', 'CONDITIONING'],
  run({ positive, negative, control_net: net, image, strength, start_percent, end_percent, vae }) {
    const use = { net, image, strength, start: start_percent, end: end_percent, ...(vae && { vae }) };
    return [controlled(positive, use), controlled(negative, use)];
  },
});

/** `ControlNetApplySD3`: the same, with the VAE required. */
export const controlNetApplySd3 = defineNode({
  name: 'ControlNetApplySD3',
  inputs: { ...APPLY, vae: link('VAE'), image: link('IMAGE'), ...AMOUNT },
  outputs: ['CONDITIONING', 'CONDITIONING'],
  run({ positive, negative, control_net: net, vae, image, strength, start_percent, end_percent }) {
    const use = { net, image, strength, start: start_percent, end: end_percent, vae };
    return [controlled(positive, use), controlled(negative, use)];
  },
});
