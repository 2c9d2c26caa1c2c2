/** How long a second pass is. */
import type { PictureRequest } from './request.ts';

/** As many steps as fall to its part of the schedule; 0 where there is none. */
export function upscaleSteps({ steps, upscale }: Pick<PictureRequest, 'steps' | 'upscale'>): number {
  return upscale === undefined ? 0 : Math.max(1, Math.round(steps * upscale.strength));
}
