/** The diffusion transformer ready to run: latents, noise level and text in, velocity out. */
import type { FloatTensor } from '../float-tensor.ts';
import { controlName, emitMmdit } from '../graph/mmdit.ts';
import {
  cropTo,
  padToPatches,
  positionFeeds,
  repeatToBatch,
  timestepFrequencies,
  timestepOf,
} from '../graph/mmdit-inputs.ts';
import { strengthsInput } from '../graph/weight-patches.ts';
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import { openNetwork } from './open-network.ts';
import type { Session, SessionOptions } from './session.ts';

/** What ControlNets add to the image tokens. */
export interface Control {
  /** [B, tokens, hidden] each. */
  readonly inputs: readonly FloatTensor[];
  /** Which of them is added behind each block of the model. */
  readonly byBlock: readonly (number | null)[];
}

export interface Denoiser {
  /**
   * The network's output for latents x [B, channels, H, W] at noise level sigma (one, or one a picture);
   * denoised = x - sigma * velocity.
   *
   * @param context text [1 or B, tokens, contextWidth]; @param y pooled text [1 or B, pooledWidth].
   * @param skipBlocks joint blocks to leave out (skip-layer guidance).
   * @param strengths of the files that the network is patched with.
   */
  velocity(
    x: FloatTensor,
    sigma: number | readonly number[],
    context: FloatTensor,
    y: FloatTensor,
    skipBlocks?: readonly number[],
    strengths?: readonly number[],
    control?: Control,
  ): Promise<FloatTensor>;
  /**
   * To be called when no pass follows for a while: gives the passes' working memory back where that is cheap. On a
   * CPU the session goes and the next pass takes it from the cache again, 0.06 s for a Medium; a session that kept
   * no memory between its operators would cost every step 15 % more instead. One whose weights are in order is kept.
   */
  rest(): Promise<void>;
  release(): Promise<void>;
}

/** Opens the whole network; each set of skipped blocks asked for later gets a session of its own (same weights). */
export async function openDenoiser(
  network: Network<MmditGeometry>,
  options: SessionOptions,
): Promise<Denoiser> {
  const { geometry } = network;
  const frequencies = network.tensors.get('t_embedder.mlp.0.weight')!.shape[1]!;
  const sessions = new Map<string, Promise<Session>>();
  const open = (skipBlocks: readonly number[], control?: readonly (number | null)[]) => {
    const skipped = [...new Set(skipBlocks)].sort((a, b) => a - b);
    const graph = { skipBlocks: skipped, ...(control && { control }) };
    const key = JSON.stringify(graph);
    let session = sessions.get(key);
    if (!session) {
      session = openNetwork(emitMmdit, network, graph, options);
      session.catch(() => sessions.delete(key));
      sessions.set(key, session);
    }
    return session;
  };
  const release = async () => {
    const opened = await Promise.allSettled(sessions.values());
    sessions.clear();
    for (const result of opened) if (result.status === 'fulfilled') await result.value.release();
  };
  await open([]);

  return {
    async velocity(x, sigma, context, y, skipBlocks = [], strengths = [], control) {
      const session = await open(skipBlocks, control?.byBlock);
      const padded = padToPatches(x, geometry.patchSize);
      const [batch, , height, width] = padded.shape as [number, number, number, number];
      const sigmas = typeof sigma === 'number' ? Array<number>(batch).fill(sigma) : sigma;
      const { patchSize } = geometry;
      const positions = positionFeeds(geometry, height / patchSize, width / patchSize);
      const { velocity } = await session.run({
        x: padded,
        t_freq: timestepFrequencies(sigmas.map(timestepOf), frequencies),
        context: repeatToBatch(context, batch),
        y: repeatToBatch(y, batch),
        ...positions,
        ...(network.patches && strengthsInput(strengths)),
        ...Object.fromEntries((control?.inputs ?? []).map((input, i) => [controlName(i), input])),
      });
      return cropTo(velocity!, x.shape);
    },
    async rest() {
      if (options.device === 'cpu' && options.cacheFolder !== undefined && !options.prepacks) await release();
    },
    release,
  };
}
