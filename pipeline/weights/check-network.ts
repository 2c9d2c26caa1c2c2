/** Proves that a part has every tensor its geometry needs, of the right shape and a type that networks take. */
import { Fault } from '../../config/faults.ts';
import { FLOAT_DTYPES } from './dtypes.ts';
import type { Network } from './geometry.ts';
import { type Part, tensorOf, wrongShape } from './part.ts';
import type { StoredTensor } from './stored-tensor.ts';

/**
 * @param needed official name -> shape
 * @returns the network with exactly the needed tensors; whatever else the file has is left out
 * @throws Fault weights.missing_tensor, weights.wrong_shape, weights.wrong_dtype
 */
export function checkNetwork<G>(
  part: Part,
  geometry: G,
  needed: ReadonlyMap<string, readonly number[]>,
): Network<G> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of needed) {
    const tensor = tensorOf(part, name);
    if (!sameShape(tensor.shape, shape)) throw wrongShape(part, name, shape);
    if (!FLOAT_DTYPES.has(tensor.dtype))
      throw new Fault('weights.wrong_dtype', {
        file: part.given,
        tensor: part.nameInFile(name),
        dtype: tensor.dtype,
        allowed: [...FLOAT_DTYPES].join(', '),
      });
    tensors.set(name, tensor);
  }
  return { tensors, geometry };
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, i) => side === b[i]);
}
