/** The part of a request's graph that deals with its start picture: what is painted anew, and what is put back at the end. */
import { pictureName } from '../image/picture-name.ts';
import type { Borders, PictureRequest, StartPicture, Upscale } from '../request.ts';
import { type Add, type Output, output } from './add-node.ts';

/** Pixels in which the borders' mask fades into the picture: two of the VAE's, so that it does not see the grey beside it. */
const FEATHERING = 16;
const WHITE = 0xffffff;
const NO_BORDERS: Borders = { left: 0, top: 0, right: 0, bottom: 0 };

export interface Started {
  /** What the sampling starts from. */
  readonly latent: Output;
  /** The decoded picture with what is kept put back into it, of the upscaled size where there is one. */
  readonly withKept: (decoded: Output, upscale: Upscale | undefined) => Output;
}

export function startFrom(
  { width, height }: Pick<PictureRequest, 'width' | 'height'>,
  init: StartPicture,
  vae: Output,
  add: Add,
): Started {
  const { left, top, right, bottom } = init.borders ?? NO_BORDERS;
  const inner = { width: width - left - right, height: height - top - bottom };
  const loaded = add('LoadImage', { image: pictureName('start', init.image) });
  const flat = onWhite(init, loaded, add);
  const picture = output(
    add('ImageScale', { image: flat, upscale_method: 'lanczos', ...inner, crop: 'center' }),
  );
  const mask = maskOver(init, loaded, inner, add);

  const padded =
    init.borders &&
    add('ImagePadForOutpaint', { image: picture, left, top, right, bottom, feathering: FEATHERING });
  const whole = padded === undefined ? picture : output(padded);
  const painted =
    padded === undefined
      ? mask
      : mask === undefined
        ? output(padded, 1)
        : output(
            add('MaskComposite', {
              destination: output(padded, 1),
              source: mask,
              x: left,
              y: top,
              operation: 'add',
            }),
          );
  const encoded = output(add('VAEEncode', { pixels: whole, vae }));
  const latent = painted ? output(add('SetLatentNoiseMask', { samples: encoded, mask: painted })) : encoded;

  const inverted = (one: Output | undefined) => one && { mask: output(add('InvertMask', { mask: one })) };
  return {
    latent,
    withKept(decoded, upscale) {
      if (painted === undefined) return decoded;
      const over = { destination: decoded, resize_source: false };
      if (upscale === undefined)
        return output(
          add('ImageCompositeMasked', { ...over, source: picture, x: left, y: top, ...inverted(mask) }),
        );
      const { width, height } = upscale;
      const larger = output(
        add('ImageScale', { image: whole, upscale_method: 'lanczos', width, height, crop: 'disabled' }),
      );
      return output(
        add('ImageCompositeMasked', { ...over, source: larger, x: 0, y: 0, ...inverted(painted) }),
      );
    },
  };
}

/** Transparent parts on white, as on the page they were probably seen on: whatever colours lie hidden below stay hidden. */
function onWhite({ transparent }: StartPicture, loaded: string, add: Add): Output {
  // Requests of earlier versions do not say whether there are any.
  if (transparent === false) return output(loaded);
  const white = add('EmptyImage', { width: 64, height: 64, batch_size: 1, color: WHITE });
  return output(
    add('ImageCompositeMasked', {
      destination: output(loaded),
      source: output(white),
      x: 0,
      y: 0,
      resize_source: true,
      mask: output(loaded, 1),
    }),
  );
}

/** White where the start picture is painted anew; nothing where all of it is. */
function maskOver(
  { mask, transparent }: StartPicture,
  loaded: string,
  size: { readonly width: number; readonly height: number },
  add: Add,
): Output | undefined {
  if (mask === undefined && !transparent) return undefined;
  const image =
    mask === undefined
      ? output(add('MaskToImage', { mask: output(loaded, 1) }))
      : output(add('LoadImage', { image: pictureName('mask', mask) }));
  const sized = add('ImageScale', { image, upscale_method: 'bilinear', ...size, crop: 'center' });
  return output(add('ImageToMask', { image: output(sized), channel: 'red' }));
}
