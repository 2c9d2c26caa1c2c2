/** The text networks in onnxruntime; each is opened when first asked, all are released together. */
import { emitClip } from '../graph/clip.ts';
import { emitT5 } from '../graph/t5.ts';
import { strengthsInput } from '../graph/weight-patches.ts';
import { relativeBuckets } from '../text/t5-buckets.ts';
import type { ClipEncoder, T5Encoder, TextEncoders } from '../text/text-encoders.ts';
import type { ClipGeometry, ModelNetworks, Network, T5Geometry } from '../weights/geometry.ts';
import { openNetwork } from './open-network.ts';
import { integers, type Session, type SessionOptions } from './session.ts';

export interface OpenedTextEncoders extends TextEncoders {
  /** The same encoders with the files that they are patched with at these strengths; no session is opened for it. */
  at(strengths: readonly number[]): TextEncoders;
  release(): Promise<void>;
}

/** The text networks that there are; ComfyUI's loaders of one or two encoders leave some out. */
export type TextNetworks = Partial<Pick<ModelNetworks, 'clip_l' | 'clip_g' | 't5xxl'>>;

/** @param stopAt the layer whose output is taken, counted from the end: -1, -2... (`CLIPSetLastLayer`) */
export function openTextEncoders(
  networks: TextNetworks,
  options: SessionOptions,
  stopAt?: number,
  t5Options = options,
): OpenedTextEncoders {
  const { clip_l, clip_g, t5xxl } = networks;
  const graphOptions = stopAt === undefined ? {} : { stopAt };
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
  const clip = (network: Network<ClipGeometry>) => {
    const open = once(() => openNetwork(emitClip, network, graphOptions, options));
    return (strengths: readonly number[]) => clipEncoder(network, open, strengths);
  };
  const t5 = (network: Network<T5Geometry>) => {
    const open = once(() => openNetwork(emitT5, network, graphOptions, t5Options));
    return (strengths: readonly number[]) => t5Encoder(network, open, strengths);
  };
  const [clipL, clipG, text5] = [clip_l && clip(clip_l), clip_g && clip(clip_g), t5xxl && t5(t5xxl)];
  const at = (strengths: readonly number[]): TextEncoders => ({
    ...(clipL && { clipL: clipL(strengths) }),
    ...(clipG && { clipG: clipG(strengths) }),
    ...(text5 && { t5: text5(strengths) }),
  });
  return {
    ...at([]),
    at,
    async release() {
      const results = await Promise.allSettled(opened.splice(0));
      for (const result of results) if (result.status === 'fulfilled') await result.value.release();
    },
  };
}

function clipEncoder(
  { geometry: { positions }, patches }: Network<ClipGeometry>,
  open: () => Promise<Session>,
  strengths: readonly number[],
): ClipEncoder {
  return async (chunks) => {
    const session = await open();
    const { hidden, pooled } = await session.run({
      ids: integers(chunks.flat(), [chunks.length, positions]),
      end: integers(chunks.map(placeOfEnd), [chunks.length, 1]),
      ...(patches && strengthsInput(strengths)),
    });
    return { hidden: hidden!, pooled: pooled! };
  };
}

/** The first of the largest id: the end token has the last id of CLIP's vocabulary (the official code's argmax). */
function placeOfEnd(ids: readonly number[]): number {
  return ids.reduce((best, id, place) => (id > ids[best]! ? place : best), 0);
}

function t5Encoder(
  { geometry, patches }: Network<T5Geometry>,
  open: () => Promise<Session>,
  strengths: readonly number[],
): T5Encoder {
  const { relativeBuckets: buckets, relativeMaxDistance, hiddenSize } = geometry;
  return async (ids) => {
    const session = await open();
    const { hidden } = await session.run({
      ids: integers(ids, [1, ids.length]),
      buckets: integers(relativeBuckets(ids.length, buckets, relativeMaxDistance), [ids.length, ids.length]),
      ...(patches && strengthsInput(strengths)),
    });
    return { data: hidden!.data, shape: [ids.length, hiddenSize] };
  };
}
