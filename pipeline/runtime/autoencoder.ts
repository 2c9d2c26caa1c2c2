/** The VAE in onnxruntime: latents to pictures and back, one picture at a time to bound the memory. */
import { Fault } from '../../config/faults.ts';
import { elements, type FloatTensor } from '../float-tensor.ts';
import { emitVaeDecoder } from '../graph/vae-decoder.ts';
import { emitVaeEncoder } from '../graph/vae-encoder.ts';
import type { VaeGraphOptions } from '../graph/vae-graph.ts';
import type { Network, VaeGeometry } from '../weights/geometry.ts';
import { hasVaeEncoder } from '../weights/networks/vae.ts';
import { openNetwork } from './open-network.ts';
import type { Session, SessionOptions } from './session.ts';

export interface Autoencoder {
  /** Model-space latents [n, channels, h, w] to pictures [n, 3, 8h, 8w] of about -1..1, not clamped. */
  decode(latent: FloatTensor): Promise<FloatTensor>;
  /**
   * Pictures [n, 3, H, W] of -1..1, sides multiples of 8, to model-space latents [n, channels, H/8, W/8] (the mean).
   * @throws Fault weights.missing_part where the files hold the decoder only
   */
  encode(image: FloatTensor): Promise<FloatTensor>;
  release(): Promise<void>;
}

/** Opens nothing yet: each direction keeps the session of the size it was last asked for. */
export function openAutoencoder(network: Network<VaeGeometry>, options: SessionOptions): Autoencoder {
  const ownOptions = { ...options, returnsMemory: options.returnsMemory ?? true };
  const decoder = sizedSession((size) => openNetwork(emitVaeDecoder, network, size, ownOptions));
  const encoder = sizedSession((size) => openNetwork(emitVaeEncoder, network, size, ownOptions));
  const scale = 2 ** (network.geometry.multipliers.length - 1);
  return {
    async decode(latent) {
      const [, , height = 0, width = 0] = latent.shape;
      const session = await decoder.open({ height, width });
      return eachOfBatch(latent, async (one) => (await session.run({ latent: one })).image!);
    },
    async encode(image) {
      if (!hasVaeEncoder(network)) throw decoderOnly(network);
      const [, , height = 0, width = 0] = image.shape;
      const session = await encoder.open({ height: height / scale, width: width / scale });
      return eachOfBatch(image, async (one) => (await session.run({ image: one })).latent!);
    },
    async release() {
      await decoder.release();
      await encoder.release();
    },
  };
}

function decoderOnly({ tensors }: Network<VaeGeometry>): Fault {
  const [tensor] = tensors.values();
  const file = tensor?.ranges[0]?.file ?? '';
  return new Fault('weights.missing_part', {
    file,
    part: 'VAE encoder (image to image needs it)',
    option: '--vae',
  });
}

type Size = Pick<VaeGraphOptions, 'height' | 'width'>;

function sizedSession(openSize: (size: Size) => Promise<Session>) {
  let held: { size: Size; session: Session } | undefined;
  const release = async () => {
    const released = held;
    held = undefined;
    await released?.session.release();
  };
  return {
    async open(size: Size): Promise<Session> {
      if (held?.size.height === size.height && held.size.width === size.width) return held.session;
      await release();
      const session = await openSize(size);
      held = { size, session };
      return session;
    },
    release,
  };
}

/** Runs [1, ...] parts of a batch one after another and joins what comes out. */
async function eachOfBatch(
  batch: FloatTensor,
  run: (one: FloatTensor) => Promise<FloatTensor>,
): Promise<FloatTensor> {
  const [count = 0, ...shape] = batch.shape;
  const size = elements(shape);
  const results: FloatTensor[] = [];
  for (let i = 0; i < count; i++) {
    results.push(await run({ data: batch.data.subarray(i * size, (i + 1) * size), shape: [1, ...shape] }));
  }
  if (results.length === 1) return results[0]!;
  const outShape = results[0]!.shape.slice(1);
  const data = new Float32Array(count * elements(outShape));
  results.forEach((result, i) => {
    data.set(result.data, i * elements(outShape));
  });
  return { data, shape: [count, ...outShape] };
}
