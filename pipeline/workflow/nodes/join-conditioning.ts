/** Nodes that make one conditioning of others: zeros, lists, tokens in a row, mixtures. */
import type { FloatTensor } from '../../float-tensor.ts';
import { link, number } from '../inputs.ts';
import { defineNode } from '../node.ts';
import type { Entry } from '../values.ts';

/** `ConditioningZeroOut`: context and y become zeros of the same shape (not the encoding of no words). */
export const conditioningZeroOut = defineNode({
  name: 'ConditioningZeroOut',
  inputs: { conditioning: link('CONDITIONING') },
  outputs: ['CONDITIONING'],
  run: ({ conditioning }) => [
    conditioning.map((entry): Entry => ({ ...entry, context: zeros(entry.context), y: zeros(entry.y) })),
  ],
});

/** `ConditioningCombine`: all entries of both; those active at the same time are averaged. */
export const conditioningCombine = defineNode({
  name: 'ConditioningCombine',
  inputs: { conditioning_1: link('CONDITIONING'), conditioning_2: link('CONDITIONING') },
  outputs: ['CONDITIONING'],
  run: ({ conditioning_1, conditioning_2 }) => [[...conditioning_1, ...conditioning_2]],
});

/** `ConditioningConcat`: the tokens of the first entry of `from` behind those of every entry of `to`. */
export const conditioningConcat = defineNode({
  name: 'ConditioningConcat',
  inputs: { conditioning_to: link('CONDITIONING'), conditioning_from: link('CONDITIONING') },
  outputs: ['CONDITIONING'],
  run: ({ conditioning_to, conditioning_from: [from] }) => [
    conditioning_to.map((entry) =>
      from === undefined ? entry : { ...entry, context: oneAfterAnother(entry.context, from.context) },
    ),
  ],
});

/** `ConditioningAverage`: to * strength + from * (1 - strength); `from` is cut or filled with zeros to the length of `to`. */
export const conditioningAverage = defineNode({
  name: 'ConditioningAverage',
  inputs: {
    conditioning_to: link('CONDITIONING'),
    conditioning_from: link('CONDITIONING'),
    conditioning_to_strength: number(0, 1, 1),
  },
  outputs: ['CONDITIONING'],
  run: ({ conditioning_to, conditioning_from: [from], conditioning_to_strength: strength }) => [
    conditioning_to.map((entry) =>
      from === undefined
        ? entry
        : {
            ...entry,
            context: mixed(entry.context, from.context, strength),
            y: mixed(entry.y, from.y, strength),
          },
    ),
  ],
});

function zeros({ data, shape }: FloatTensor): FloatTensor {
  return { data: new Float32Array(data.length), shape };
}

function oneAfterAnother(first: FloatTensor, second: FloatTensor): FloatTensor {
  const data = new Float32Array(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, shape: [1, first.shape[1]! + second.shape[1]!, first.shape[2]!] };
}

function mixed(to: FloatTensor, from: FloatTensor, strength: number): FloatTensor {
  const rest = Math.fround(1 - strength);
  const share = Math.fround(strength);
  const data = to.data.map(
    (value, i) => Math.fround(value * share) + Math.fround((from.data[i] ?? 0) * rest),
  );
  return { data, shape: to.shape };
}
