/**
 * TAESD3, a small decoder for previews (madebyollin/taesd): its three kinds of file, and its layers in order.
 * `taesd_decoder.N.` (ComfyUI's own saves), `N.` (taesd3_decoder), `decoder.layers.N-1.` (diffusers' AutoencoderTiny,
 * which has no layer for the clamp).
 */
import { Fault } from '../../../config/faults.ts';
import type { Network } from '../geometry.ts';
import type { StoredTensor, StoredTensors } from '../stored-tensor.ts';
import type { TensorSet } from '../tensor-set.ts';

export type TaesdLayer =
  | { readonly kind: 'conv'; readonly name: string; readonly bias: boolean }
  /** Three convolutions `conv.0`, `conv.2`, `conv.4` beside the way past them (`skip` where the widths differ). */
  | { readonly kind: 'block'; readonly name: string; readonly skip: boolean };

export interface TaesdGeometry {
  readonly latentChannels: number;
  /** In the order of the network; a picture grows to twice its sides before each convolution without bias. */
  readonly layers: readonly TaesdLayer[];
}

const PREFIXES = ['taesd_decoder.', 'decoder.layers.', ''] as const;

/** The prefix under which a decoder's layers lie, or nothing. */
function decoderPrefix(tensors: StoredTensors): string | undefined {
  return PREFIXES.find((prefix) => {
    const first = prefix === 'decoder.layers.' ? 0 : 1;
    return (
      tensors.get(`${prefix}${first}.weight`)?.shape.length === 4 &&
      tensors.has(`${prefix}${first + 2}.conv.0.weight`)
    );
  });
}

/** What a file of this kind is, in words; nothing for any other file. */
export function taesdInWords(tensors: StoredTensors): string | undefined {
  const prefix = decoderPrefix(tensors);
  const first =
    prefix === undefined
      ? tensors.get('taesd_decoder.1.weight')
      : tensors.get(`${prefix}${prefix === 'decoder.layers.' ? 0 : 1}.weight`);
  if (first) {
    const channels = first.shape[1];
    if (channels === 16) return 'TAESD3, a preview decoder';
    return `TAESD, a preview decoder for other models (${channels} channels)`;
  }
  const encoders = ['taesd_encoder.0.weight', 'encoder.layers.0.weight', '0.weight'];
  return encoders.some((name) => tensors.get(name)?.shape.length === 4) ? 'a TAESD encoder' : undefined;
}

/** Latent channels of a preview decoder; nothing for any other file. */
export function taesdChannels(tensors: StoredTensors): number | undefined {
  const prefix = decoderPrefix(tensors);
  return prefix === undefined
    ? undefined
    : tensors.get(`${prefix}${prefix === 'decoder.layers.' ? 0 : 1}.weight`)?.shape[1];
}

/** @throws Fault weights.wrong_file, weights.wrong_shape, weights.wrong_dtype */
export function openTaesd(set: TensorSet): Network<TaesdGeometry> {
  const prefix = decoderPrefix(set.tensors);
  if (prefix === undefined)
    throw new Fault('weights.wrong_file', {
      option: 'the preview decoder',
      file: set.given,
      holds: 'something else',
      wanted: 'TAESD3',
    });
  const tensors = new Map<string, StoredTensor>();
  const numbers = new Set<number>();
  for (const [name, tensor] of set.tensors) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    const number = /^(\d{1,2})\./.exec(rest)?.[1];
    if (number === undefined) continue;
    numbers.add(Number(number));
    tensors.set(rest, { ...tensor, name: rest });
  }
  const layers = [...numbers].sort((a, b) => a - b).map((number) => layerOf(number, tensors, set.given));
  const latentChannels = tensors.get(`${layers[0]!.name}.weight`)!.shape[1]!;
  return { tensors, geometry: { latentChannels, layers } };
}

function layerOf(number: number, tensors: StoredTensors, given: string): TaesdLayer {
  const name = String(number);
  const block = [0, 2, 4].map((i) => tensors.get(`${name}.conv.${i}.weight`));
  const kernels = block[0] ? block : [tensors.get(`${name}.weight`)];
  for (const kernel of kernels) {
    const shape = kernel?.shape ?? [];
    if (kernel && shape.length === 4 && shape[2] === 3 && shape[3] === 3) continue;
    throw new Fault('weights.wrong_shape', {
      file: given,
      tensor: kernel?.name ?? `${name}.weight`,
      shape: `[${shape}]`,
      expected: '[out,in,3,3]',
    });
  }
  if (block[0]) return { kind: 'block', name, skip: tensors.has(`${name}.skip.weight`) };
  return { kind: 'conv', name, bias: tensors.has(`${name}.bias`) };
}
