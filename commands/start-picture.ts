/** What a start picture decides: how large the result becomes, and which part of it is painted anew. */
import { DEFAULTS, LIMITS } from '../config/defaults.ts';
import type { Borders, StartPicture } from '../pipeline/request.ts';
import { chooseSize, fitAspect, type ModelSizes } from './choose-size.ts';
import type { OptionName, OptionValue, Size } from './options.ts';

/** What decoding a picture has told. */
export interface PictureFacts {
  /** Pixels, as the camera's orientation mark turns it. */
  readonly width: number;
  readonly height: number;
  /** Parts of it are more transparent than not. */
  readonly transparent: boolean;
}

type Options = { readonly [N in OptionName]?: OptionValue<N> };

/** Of the area that a model draws best: a start picture in between keeps its size where a part of it is to be kept. */
const SMALLEST = 1 / 4;
const LARGEST = 2;

/**
 * The result's size, and what image to image starts from.
 * @param facts of the option `image`
 * @throws Fault `option.value`
 */
export function chooseStart(
  options: Options,
  facts: PictureFacts | undefined,
  model: ModelSizes,
  label: (name: OptionName) => string,
): { readonly size: Size; readonly init?: StartPicture } {
  const { image, mask, expand } = options;
  if (image === undefined || facts === undefined) return { size: chooseSize(options, model, label('size')) };
  const repaints = mask !== undefined || facts.transparent || expand !== undefined;
  const sized = (options.size ?? options.aspect) !== undefined || !repaints;
  const { size, borders } = sized
    ? { size: chooseSize(options, model, label('size')), borders: undefined }
    : sizeOfPicture(facts, expand, model);
  const init = {
    image,
    strength: options.strength ?? (repaints ? DEFAULTS.repaintStrength : DEFAULTS.strength),
    transparent: facts.transparent,
    ...(mask && { mask }),
    ...(borders && { borders }),
  };
  return { size, init };
}

const NO_BORDERS: Borders = { left: 0, top: 0, right: 0, bottom: 0 };

/**
 * The size of a picture with its borders: as it is, but for what is left of whole latent patches, where the model draws
 * that well; else the whole is scaled to the area that the model draws best.
 */
export function sizeOfPicture(
  picture: Size,
  expand: Borders | undefined,
  model: ModelSizes,
): { readonly size: Size; readonly borders: Borders | undefined } {
  const { left, top, right, bottom } = expand ?? NO_BORDERS;
  const whole = { width: picture.width + left + right, height: picture.height + top + bottom };
  const area = model.defaults.width * model.defaults.height;
  const [pixels, longest] = [whole.width * whole.height, Math.max(whole.width, whole.height)];
  const draws = pixels >= SMALLEST * area && pixels <= LARGEST * area && longest <= model.maxSide;
  if (!draws) {
    const size = fitAspect(whole.width / whole.height, area, model.maxSide);
    return { size, borders: expand && scaledBorders(expand, size.width / whole.width, size) };
  }
  const inner = { width: floored(picture.width), height: floored(picture.height) };
  const size = { width: inner.width + left + right, height: inner.height + top + bottom };
  return { size, borders: expand };
}

/** Something of the picture itself is always left between them. */
function scaledBorders(borders: Borders, scale: number, { width, height }: Size): Borders {
  const { sizeStep } = LIMITS;
  const scaled = (pixels: number, most: number) =>
    pixels === 0 ? 0 : Math.max(sizeStep, Math.min(Math.round((pixels * scale) / sizeStep) * sizeStep, most));
  const left = scaled(borders.left, width - 3 * sizeStep);
  const top = scaled(borders.top, height - 3 * sizeStep);
  return {
    left,
    top,
    right: scaled(borders.right, width - left - sizeStep),
    bottom: scaled(borders.bottom, height - top - sizeStep),
  };
}

function floored(side: number): number {
  return Math.max(LIMITS.sizeStep, Math.floor(side / LIMITS.sizeStep) * LIMITS.sizeStep);
}
