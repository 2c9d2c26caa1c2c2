/** A ControlNet ready to run beside a transformer: latents, hint, noise level and text in, what is added behind its blocks out. */
import type { FloatTensor } from '../float-tensor.ts';
import { emitControlNet } from '../graph/control-net.ts';
import { controlName } from '../graph/mmdit.ts';
import {
  padToPatches,
  positionCrop,
  repeatToBatch,
  timestepFrequencies,
  timestepOf,
} from '../graph/mmdit-inputs.ts';
import { sinCosPositions } from '../graph/sin-cos-positions.ts';
import { strengthsInput } from '../graph/weight-patches.ts';
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import type { ControlNetGeometry } from '../weights/networks/control-net.ts';
import { openNetwork } from './open-network.ts';
import type { SessionOptions } from './session.ts';

export interface ControlCall {
  /** Noisy latents [B, channels, H, W]. */
  readonly x: FloatTensor;
  readonly sigma: number;
  /** [1 or B, tokens, contextWidth]. */
  readonly context: FloatTensor;
  /** [1 or B, pooledWidth]. */
  readonly y: FloatTensor;
  /** [1 or B, channels, H, W]: see `prepareHint`. */
  readonly hint: FloatTensor;
  readonly strength: number;
  /** Of the files that the transformer is patched with. */
  readonly loras: readonly number[];
}

export interface ControlNet {
  readonly geometry: ControlNetGeometry;
  /** One tensor [B, tokens, hidden] a block of the ControlNet, times the strength. */
  outputs(call: ControlCall): Promise<readonly FloatTensor[]>;
  release(): Promise<void>;
}

/** @param model the transformer that is guided: its embedders serve where the ControlNet has none of its own. */
export async function openControl(
  network: Network<ControlNetGeometry>,
  model: Network<MmditGeometry>,
  options: SessionOptions,
): Promise<ControlNet> {
  const { geometry, tensors } = network;
  const { form, patchSize, hiddenSize, blocks } = geometry;
  const session = await openNetwork(emitControlNet, network, { model }, options);
  const frequencies = tensors.get('t_embedder.mlp.0.weight')!.shape[1]!;
  return {
    geometry,
    async outputs({ x: latent, sigma, context, y, hint, strength, loras }) {
      const x = padToPatches(latent, patchSize);
      const [batch = 1, , height = 0, width = 0] = x.shape;
      const [rows, columns] = [height / patchSize, width / patchSize];
      const crop = positionCrop(geometry.posEmbedMaxSize, rows, columns);
      const pooled = repeatToBatch(y, batch);
      const results = await session.run({
        x,
        hint: repeatToBatch(padToPatches(hint, patchSize), batch),
        strength: { data: Float32Array.of(strength), shape: [1] },
        t_freq: timestepFrequencies(Array<number>(batch).fill(timestepOf(sigma)), frequencies),
        ...(form === 'sd3'
          ? {
              context: repeatToBatch(context, batch),
              // The older form was trained without the pooled text.
              y: { ...pooled, data: new Float32Array(pooled.data.length) },
              pos_start: { data: BigInt64Array.from(crop.start, BigInt), shape: [2] },
              pos_end: { data: BigInt64Array.from(crop.end, BigInt), shape: [2] },
            }
          : { y: pooled }),
        ...(form === 'sd3.5' && { positions: sinCosPositions(hiddenSize, rows, columns) }),
        ...(model.patches && strengthsInput(loras)),
      });
      return Array.from({ length: blocks }, (_, block) => results[controlName(block)]!);
    },
    release: () => session.release(),
  };
}
