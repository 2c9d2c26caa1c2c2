/** Opens a transformer once; onnxruntime itself has been started before. */
import { openDenoiser } from '../../pipeline/runtime/denoiser.ts';
import { testDevice } from '../../pipeline/runtime/self-test.ts';
import { openTransformer } from './checkpoints.ts';
import { processorTime } from './figure.ts';

export interface Start {
  readonly processor_ms: number;
  readonly wall_ms: number;
}

export async function measure({ file, cacheFolder }: { file: string; cacheFolder: string }): Promise<Start> {
  await testDevice('cpu');
  const network = openTransformer(file);
  const processor = processorTime();
  const wall = performance.now();
  await openDenoiser(network, { device: 'cpu', cacheFolder });
  return { processor_ms: processorTime() - processor, wall_ms: performance.now() - wall };
}
