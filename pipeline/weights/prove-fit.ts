/** Whether the networks of one model belong together: the widths that one gives and another takes. */
import { Fault } from '../../config/faults.ts';
import { PART_WORDS, type PartName } from './detect.ts';
import type { ModelNetworks } from './geometry.ts';

/**
 * @param givenOf the file that a part came from, for sentences
 * @param described a geometry file vouches for the sizes, so that an unusual order of sizes is meant
 * @throws Fault weights.unfit, weights.swapped
 */
export function proveFit(
  { mmdit, vae, clip_l, clip_g, t5xxl }: ModelNetworks,
  givenOf: (part: PartName) => string,
  described: boolean,
): void {
  const { contextWidth, pooledWidth, latentChannels } = mmdit.geometry;
  const require = (part: PartName, what: string, width: number, fits: boolean, expected: string) => {
    if (fits) return;
    const checkpoint = givenOf('mmdit');
    throw new Fault('weights.unfit', { part: what, file: givenOf(part), width, checkpoint, expected });
  };
  const widthL = clip_l?.geometry.hiddenSize;
  const widthG = clip_g?.geometry.hiddenSize;
  if (widthL !== undefined && widthG !== undefined) {
    // Everywhere outside of tests CLIP-L is the narrower one; their sum alone does not tell a swap.
    if (!described && widthL > widthG)
      throw new Fault('weights.swapped', { l: givenOf('clip_l'), g: givenOf('clip_g') });
    const clips = widthL + widthG;
    require('clip_g', 'CLIP-L and CLIP-G together', clips, clips === pooledWidth, `${pooledWidth} pooled`);
    require('clip_g', 'CLIP-L and CLIP-G together', clips, clips <= contextWidth, `up to ${contextWidth}`);
  } else {
    // Alone, each must leave room for the other, and be on its own side of the middle.
    const half = pooledWidth / 2;
    if (widthL !== undefined)
      require('clip_l', PART_WORDS.clip_l, widthL, described
        ? widthL < pooledWidth
        : widthL <= half, `up to ${half}`);
    if (widthG !== undefined)
      require('clip_g', PART_WORDS.clip_g, widthG, widthG < pooledWidth &&
        (described || widthG >= half), `from ${half} to ${pooledWidth}`);
  }
  const t5Width = t5xxl?.geometry.hiddenSize ?? contextWidth;
  require('t5xxl', PART_WORDS.t5xxl, t5Width, t5Width === contextWidth, String(contextWidth));
  const channels = vae.geometry.latentChannels;
  require('vae', 'VAE latent', channels, channels === latentChannels, String(latentChannels));
}
