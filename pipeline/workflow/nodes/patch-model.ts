/** Nodes that patch a model: the shift of its flow, and how its guidance is made. */
import { windowOf } from '../../sampling/guidance.ts';
import { link, number, text, yesOrNo } from '../inputs.ts';
import { defineNode } from '../node.ts';

/** `ModelSamplingSD3`: the timestep shift. */
export const modelSamplingSd3 = defineNode({
  name: 'ModelSamplingSD3',
  inputs: { model: link('MODEL'), shift: number(0, 100, 3) },
  outputs: ['MODEL'],
  run: ({ model, shift }) => [{ ...model, shift }],
});

/** `SkipLayerGuidanceSD3`: its window lies by the shift that the model has at this node. */
export const skipLayerGuidanceSd3 = defineNode({
  name: 'SkipLayerGuidanceSD3',
  inputs: {
    model: link('MODEL'),
    layers: text('7, 8, 9'),
    scale: number(0, 10, 3),
    start_percent: number(0, 1, 0.01),
    end_percent: number(0, 1, 0.15),
  },
  outputs: ['MODEL'],
  run({ model, layers, scale, start_percent: start, end_percent: end }) {
    const { depth } = model.network.geometry;
    const named = (layers.match(/\d{1,9}/g) ?? []).map(Number);
    const skip = {
      scale,
      layers: named.filter((layer) => layer < depth),
      ...windowOf({ start, end }, model.shift),
    };
    return [{ ...model, skips: [...model.skips, skip] }];
  },
});

/** `RescaleCFG`. */
export const rescaleCfg = defineNode({
  name: 'RescaleCFG',
  inputs: { model: link('MODEL'), multiplier: number(0, 1, 0.7) },
  outputs: ['MODEL'],
  run: ({ model, multiplier }) => [{ ...model, rescale: multiplier }],
});

/** `DifferentialDiffusion`: a soft mask is compared with a threshold that falls with sigma. */
export const differentialDiffusion = defineNode({
  name: 'DifferentialDiffusion',
  inputs: { model: link('MODEL'), strength: number(0, 1, 1) },
  outputs: ['MODEL'],
  run: ({ model, strength }) => [{ ...model, differential: strength }],
});

/** `EasyCache`: steps are left out where little would change. What is verbose is ComfyUI's log. */
export const easyCache = defineNode({
  name: 'EasyCache',
  inputs: {
    model: link('MODEL'),
    reuse_threshold: number(0, 3, 0.2),
    start_percent: number(0, 1, 0.15),
    end_percent: number(0, 1, 0.95),
    verbose: yesOrNo(false),
  },
  outputs: ['MODEL'],
  run: ({ model, reuse_threshold: threshold, start_percent: start, end_percent: end }) => [
    { ...model, stepCache: { threshold, start, end } },
  ],
});
