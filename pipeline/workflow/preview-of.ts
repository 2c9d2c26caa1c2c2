/** What is shown of latents while they are sampled: each picture of a batch, up to as many as can be asked for (a workflow may have more). */
import { LIMITS } from '../../config/defaults.ts';
import type { FloatTensor } from '../float-tensor.ts';
import { previewPixels } from '../image/preview.ts';
import type { Preview } from '../request.ts';
import type { RunContext } from './node.ts';

/** @param latent [n, channels, h, w] in model space */
export async function previewOf(
  latent: FloatTensor,
  { preview }: Pick<RunContext, 'preview'>,
): Promise<Preview> {
  const pictureOf = async (index: number) => (await preview?.(latent, index)) ?? previewPixels(latent, index);
  const [count = 1] = latent.shape;
  const first = await pictureOf(0);
  const others = [];
  for (let i = 1; i < Math.min(count, LIMITS.count); i++) others.push(await pictureOf(i));
  return others.length === 0 ? first : { ...first, others };
}
