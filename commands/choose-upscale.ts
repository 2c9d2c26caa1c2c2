/** `--upscale`: the size of a second pass, and how much it may change. */
import { DEFAULTS, LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { Upscale } from '../pipeline/request.ts';
import type { ModelSizes } from './choose-size.ts';
import type { OptionName, Size } from './options.ts';

/**
 * @param times of the size of the first pass
 * @throws Fault `option.value` for one that goes beyond what the model draws
 */
export function chooseUpscale(
  times: number | undefined,
  strength: number | undefined,
  { width, height }: Size,
  { maxSide }: Pick<ModelSizes, 'maxSide'>,
  label: (name: OptionName) => string,
): Upscale | undefined {
  if (times === undefined) return undefined;
  const most = Math.min(
    LIMITS.upscale,
    maxSide / Math.max(width, height),
    Math.sqrt(LIMITS.largePixels / (width * height)),
  );
  if (times > most) {
    const max = Math.floor(most * 100) / 100;
    const value = String(times);
    const allowed = new Phrase(max > 1 ? 'allowed.above' : 'allowed.none', { min: 1, max });
    throw new Fault('option.value', { option: label('upscale'), value, allowed });
  }
  const side = (pixels: number) => Math.floor((pixels * times) / LIMITS.sizeStep) * LIMITS.sizeStep;
  return { width: side(width), height: side(height), strength: strength ?? DEFAULTS.upscaleStrength };
}
