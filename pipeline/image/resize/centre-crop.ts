/** The part of a picture that is kept when it has to take another shape. */
import { roundHalfToEven } from '../../round-half-to-even.ts';

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The largest part around the centre that has about the shape width : height, whole pixels: equal margins are cut off
 * both sides. Source: `common_upscale` with crop "center" in ComfyUI's `comfy/utils.py`.
 */
export function centreCrop(
  old: { readonly width: number; readonly height: number },
  width: number,
  height: number,
): Rectangle {
  const aspect = width / height;
  const oldAspect = old.width / old.height;
  const cut = (side: number, share: number) => roundHalfToEven((side - side * share) / 2);
  const left = oldAspect > aspect ? cut(old.width, aspect / oldAspect) : 0;
  const top = oldAspect < aspect ? cut(old.height, oldAspect / aspect) : 0;
  return { left, top, width: old.width - 2 * left, height: old.height - 2 * top };
}
