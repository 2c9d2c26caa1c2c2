/** Emits SD3.5 Large's transformer once, in a process that never emitted anything. */
import { emitMmdit } from '../../pipeline/graph/mmdit.ts';
import { mmditTensors } from '../../pipeline/weights/networks/mmdit.ts';
import type { StoredTensor } from '../../pipeline/weights/stored-tensor.ts';
import { processorTime } from './figure.ts';
import { LARGE } from './geometries.ts';

export interface Emission {
  readonly processor_ms: number;
  readonly wall_ms: number;
  readonly bytes: number;
}

export function measure(): Emission {
  let offset = 0;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of mmditTensors(LARGE)) {
    const length = 2 * shape.reduce((product, side) => product * side, 1);
    const range = { file: '/models/sd3.5_large.safetensors', offset, length, shape };
    tensors.set(name, { name, dtype: 'F16', shape, ranges: [range] });
    offset += length;
  }
  const processor = processorTime();
  const wall = performance.now();
  const { model } = emitMmdit({ tensors, geometry: LARGE });
  return {
    processor_ms: processorTime() - processor,
    wall_ms: performance.now() - wall,
    bytes: model.length,
  };
}
