/** How large a picture becomes: pixels as asked for, or an aspect at the area that a model draws best. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { ModelDefaults } from '../config/models.ts';
import type { Size } from './options.ts';

export interface ModelSizes {
  readonly name: string;
  readonly defaults: Pick<ModelDefaults, 'width' | 'height'>;
  /** Pixels of the longest side that its position table reaches. */
  readonly maxSide: number;
}

/** @param aspect width over height @param label what the surface calls the option `size` @throws Fault `option.value` */
export function chooseSize(
  { size, aspect }: { readonly size?: Size; readonly aspect?: number },
  model: ModelSizes,
  label: string,
): Size {
  const { width, height } = model.defaults;
  if (size === undefined) return fitAspect(aspect ?? width / height, width * height, model.maxSide);
  if (Math.max(size.width, size.height) <= model.maxSide) return size;
  throw new Fault('option.value', {
    option: label,
    value: `${size.width}x${size.height}`,
    allowed: new Phrase('allowed.sides', { max: model.maxSide, model: model.name }),
  });
}

/**
 * The size of an aspect whose area is nearest to the one a model was trained for, in whole latent patches.
 * @param aspect width over height @param area pixels @param maxSide pixels
 */
export function fitAspect(aspect: number, area: number, maxSide: number): Size {
  const scale = Math.min(1, maxSide / Math.sqrt(area * Math.max(aspect, 1 / aspect)));
  const round = (side: number) => {
    const whole = Math.round(side / LIMITS.sizeStep) * LIMITS.sizeStep;
    return Math.min(Math.max(whole, LIMITS.sizeStep), maxSide);
  };
  return { width: round(Math.sqrt(area * aspect) * scale), height: round(Math.sqrt(area / aspect) * scale) };
}

/** The aspect, as typed, that gives a size with a model; undefined for a size that only pixels can name. */
export function findAspect({ width, height }: Size, defaults: ModelSizes['defaults']): string | undefined {
  const area = defaults.width * defaults.height;
  const divisor = greatestCommonDivisor(width, height);
  const exact = `${width / divisor}:${height / divisor}`;
  // Sides are rounded, so that the aspect that gave them may lie some pixels beside their quotient.
  const beside = [...Array(41).keys()].map((i) => ((width / height) * (1 + (i - 20) / 100)).toFixed(5));
  const gives = (aspect: number) => {
    if (!(aspect >= 1 / LIMITS.aspect && aspect <= LIMITS.aspect)) return false;
    const size = fitAspect(aspect, area, Number.POSITIVE_INFINITY);
    return size.width === width && size.height === height;
  };
  if (gives(width / height)) return exact;
  const found = beside.find((aspect) => gives(Number(aspect)));
  return found && `${found}:1`;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
