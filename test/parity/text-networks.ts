/** The tiny text encoders of a reference set, opened and checked as a user's files are. */
import { detect, takePart } from '../../pipeline/weights/detect.ts';
import type { ModelNetworks } from '../../pipeline/weights/geometry.ts';
import { readGeometryFile } from '../../pipeline/weights/geometry-file.ts';
import { openClip, openT5 } from '../../pipeline/weights/open-model.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';
import type { Reference } from './reference.ts';

export type TextNetworks = Required<Pick<ModelNetworks, 'clip_l' | 'clip_g' | 't5xxl'>>;

export function openTextNetworks(reference: Reference) {
  const geometryFile = readGeometryFile(reference.path('tiny', 'config.json'));
  const part = (role: keyof TextNetworks) => {
    const set = openTensors(reference.path('tiny', `tiny_${role}.safetensors`));
    return takePart(set, detect(set.tensors)[0]!, role);
  };
  const networks: TextNetworks = {
    clip_l: openClip(part('clip_l'), 'clip_l', geometryFile),
    clip_g: openClip(part('clip_g'), 'clip_g', geometryFile),
    t5xxl: openT5(part('t5xxl'), geometryFile),
  };
  const { clip_l, clip_g, t5xxl } = networks;
  return {
    networks,
    geometry: { clipL: clip_l.geometry, clipG: clip_g.geometry, t5: t5xxl.geometry },
  };
}
