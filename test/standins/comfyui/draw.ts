/** What the stand-in draws: a plain colour that the seed decides, of the size that a ComfyUI would give. */
import sharp from 'sharp';
import type { Nodes } from './validate.ts';

export interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
}

/** The pictures that a workflow saves. */
export function drawnBy(nodes: Nodes): Drawn[] {
  const all = Object.values(nodes);
  const last = (...types: string[]) => all.findLast(({ class_type }) => types.includes(class_type))?.inputs;
  const { width, height } = last('LatentUpscale') ?? last('EmptySD3LatentImage', 'ImageScale') ?? {};
  const count = Number(last('EmptySD3LatentImage')?.batch_size ?? last('RepeatLatentBatch')?.amount ?? 1);
  const seed = Number(last('KSampler')?.seed ?? 0);
  const kept = last('LatentFromBatch') === undefined ? count : 1;
  return Array.from({ length: kept }, () => ({ width: Number(width), height: Number(height), seed }));
}

export function encodePlain({ width, height, seed }: Drawn): Promise<Buffer> {
  const background = { r: seed % 256, g: 100, b: 200 };
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}
