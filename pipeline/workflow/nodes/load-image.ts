/** Pictures from files: ComfyUI's `LoadImage` and `LoadImageMask`. */
import { decodePicture } from '../../image/decode-picture.ts';
import type { Mask } from '../../sampling/conditioning.ts';
import { choice, picture } from '../inputs.ts';
import { defineNode, type RunContext } from '../node.ts';

/** Sides of the mask of a picture without transparency. */
const EMPTY_MASK = 64;

function load(name: string, { picture: bytesOf }: RunContext) {
  return decodePicture(bytesOf(name), `The picture "${name}"`);
}

/** 1 where the picture is transparent. */
function maskOf(alpha: Float32Array | undefined, height: number, width: number): Mask {
  if (alpha === undefined)
    return { data: new Float32Array(EMPTY_MASK ** 2), shape: [1, EMPTY_MASK, EMPTY_MASK] };
  return { data: alpha.map((value) => 1 - value), shape: [1, height, width] };
}

/** Transparency is ignored in the picture itself: colours that were hidden below it show. */
export const loadImage = defineNode({
  name: 'LoadImage',
  inputs: { image: picture() },
  outputs: ['IMAGE', 'MASK'],
  async run({ image: name }, context) {
    const { image, alpha } = await load(name, context);
    const [, , height = 0, width = 0] = image.shape;
    return [image, maskOf(alpha, height, width)];
  },
});

export const loadImageMask = defineNode({
  name: 'LoadImageMask',
  inputs: { image: picture(), channel: choice(['alpha', 'red', 'green', 'blue']) },
  outputs: ['MASK'],
  async run({ image: name, channel }, context) {
    const { image, alpha } = await load(name, context);
    const [, , height = 0, width = 0] = image.shape;
    if (channel === 'alpha') return [maskOf(alpha, height, width)];
    const plane = ['red', 'green', 'blue'].indexOf(channel) * height * width;
    return [{ data: image.data.slice(plane, plane + height * width), shape: [1, height, width] }];
  },
});
