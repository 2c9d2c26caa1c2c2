/** Parity of the previews: ComfyUI's latent-to-colour matrix on an example latent. */
import { previewPixels } from '../../pipeline/image/preview.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { bytesWithin, compareBytes } from './compare-bytes.ts';
import type { ParityGroup } from './group.ts';

export const preview: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'preview.safetensors')) return [];
  const stored = openSafetensors(reference.path('golden', 'preview.safetensors')).tensors;
  const latent = readTensor(stored.get('latent')!);
  const theirs = readTensor(stored.get('comfy.uint8_hwc')!);
  const pictures = Array.from({ length: latent.shape[0]! }, (_, index) => previewPixels(latent, index));
  const ours = pictures.flatMap(({ data }) => [...data]);

  const difference = compareBytes(ours, theirs.data);
  const status = bytesWithin(difference, reference.tolerance('preview.uint8')) ? 'pass' : 'fail';
  return [{ name: 'preview', status, figures: { ...difference } }];
};
