/**
 * Float8 files that are "scaled": beside `X.weight` lies `X.scale_weight` (ComfyUI) or `X.weight_scale` (newer
 * files), one number that the weight is to be multiplied by. `scaled_fp8` only marks the file, and `scale_input`
 * belongs to float8 arithmetic, which we do not do: both are left alone.
 */
import { Fault } from '../../config/faults.ts';
import { elements } from '../float-tensor.ts';
import { FLOAT_DTYPES } from './dtypes.ts';
import { readTensor } from './read-tensor.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';

const SCALE_NAME = /^(.*)\.(?:scale_weight|weight_scale)$/s;

/**
 * The same tensors, weights with their scales.
 * @param nameInFile for sentences: the whole name of a tensor
 * @throws Fault weights.scale unless a scale is one finite number above 0
 */
export function withScales(
  tensors: StoredTensors,
  given: string,
  nameInFile: (name: string) => string,
): StoredTensors {
  const scaled = new Map(tensors);
  for (const [name, scale] of tensors) {
    const target = SCALE_NAME.exec(name)?.[1];
    const weight = target === undefined ? undefined : tensors.get(`${target}.weight`);
    if (!weight) continue;
    const value = readScale(scale);
    if (typeof value === 'string')
      throw new Fault('weights.scale', { file: given, tensor: nameInFile(name), value });
    if (value !== 1) scaled.set(weight.name, { ...weight, scale: value });
  }
  return scaled;
}

/** The scale, or in words what it is instead. */
function readScale(tensor: StoredTensor): number | string {
  if (elements(tensor.shape) !== 1 || !FLOAT_DTYPES.has(tensor.dtype))
    return `${tensor.dtype} of shape [${tensor.shape}]`;
  const value = readTensor(tensor).data[0]!;
  return Number.isFinite(value) && value > 0 ? value : String(value);
}
