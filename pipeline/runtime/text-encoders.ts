/** The text networks in onnxruntime; each is opened when first asked, all are released together. */
import { emitClip } from '../graph/clip.ts';
import { emitT5 } from '../graph/t5.ts';
import { relativeBuckets } from '../text/t5-buckets.ts';
import type { ClipEncoder, T5Encoder, TextEncoders } from '../text/text-encoders.ts';
import type { ClipGeometry, ModelNetworks, Network, T5Geometry } from '../weights/geometry.ts';
import { openNetwork } from './open-network.ts';
import type { Session, SessionOptions } from './session.ts';

export interface OpenedTextEncoders extends TextEncoders {
  release(): Promise<void>;
}

export function openTextEncoders(
  networks: Pick<ModelNetworks, 'clip_l' | 'clip_g' | 't5xxl'>,
  options: SessionOptions,
): OpenedTextEncoders {
  const { clip_l, clip_g, t5xxl } = networks;
  const opened: Promise<Session>[] = [];
  const once = (open: () => Promise<Session>) => {
    let session: Promise<Session> | undefined;
    return () => {
      session ??= keep(open());
      return session;
    };
  };
  const keep = (session: Promise<Session>) => {
    opened.push(session);
    return session;
  };
  const clip = (network: Network<ClipGeometry>) =>
    clipEncoder(
      network.geometry,
      once(() => openNetwork(emitClip, network, {}, options)),
    );
  const t5 = (network: Network<T5Geometry>) =>
    t5Encoder(
      network.geometry,
      once(() => openNetwork(emitT5, network, {}, options)),
    );
  return {
    ...(clip_l ? { clipL: clip(clip_l) } : {}),
    ...(clip_g ? { clipG: clip(clip_g) } : {}),
    ...(t5xxl ? { t5: t5(t5xxl) } : {}),
    async release() {
      const results = await Promise.allSettled(opened.splice(0));
      for (const result of results) if (result.status === 'fulfilled') await result.value.release();
    },
  };
}

function clipEncoder({ positions }: ClipGeometry, open: () => Promise<Session>): ClipEncoder {
  return async (chunks) => {
    const session = await open();
    const { hidden, pooled } = await session.run({
      ids: integers(chunks.flat(), [chunks.length, positions]),
      end: integers(chunks.map(placeOfEnd), [chunks.length, 1]),
    });
    return { hidden: hidden!, pooled: pooled! };
  };
}

/** The first of the largest id: the end token has the last id of CLIP's vocabulary (the official code's argmax). */
function placeOfEnd(ids: readonly number[]): number {
  return ids.reduce((best, id, place) => (id > ids[best]! ? place : best), 0);
}

function t5Encoder(geometry: T5Geometry, open: () => Promise<Session>): T5Encoder {
  const { relativeBuckets: buckets, relativeMaxDistance, hiddenSize } = geometry;
  return async (ids) => {
    const session = await open();
    const { hidden } = await session.run({
      ids: integers(ids, [1, ids.length]),
      buckets: integers(relativeBuckets(ids.length, buckets, relativeMaxDistance), [ids.length, ids.length]),
    });
    return { data: hidden!.data, shape: [ids.length, hiddenSize] };
  };
}

function integers(values: Iterable<number>, shape: readonly number[]) {
  return { data: BigInt64Array.from(values, BigInt), shape };
}
