/** A file that does not hold what it was named for: one sentence that says what it is, and what to do. */
import { Fault } from '../../config/faults.ts';
import { aPart, contentsInWords, detect, type PartName } from './detect.ts';
import { otherFamily } from './families.ts';
import { taesdInWords } from './networks/taesd.ts';
import type { Part } from './part.ts';
import type { TensorSet } from './tensor-set.ts';

/** @param option what named the file. @param wanted any of these would have done */
export function wrongFile(set: TensorSet, option: string, wanted: readonly PartName[]): Fault {
  const isOther = (what: string, advice: string) =>
    new Fault('weights.other_kind', { option, file: set.given, what, advice });
  const taesd = taesdInWords(set.tensors);
  if (taesd)
    return isOther(
      taesd,
      wanted.includes('vae') ? 'take the VAE itself' : 'it makes previews beside a model',
    );
  const metadata = set.files[0]?.metadata ?? new Map();
  const other = otherFamily(set.tensors.keys(), metadata, detect(set.tensors).length > 0);
  if (other) return isOther(other.what, other.advice);
  return new Fault('weights.wrong_file', {
    option,
    file: set.given,
    holds: contentsInWords(set.tensors),
    wanted: wanted.map(aPart).join(' or '),
  });
}

/** @throws Fault `weights.other_kind` for the VAE of an older Stable Diffusion, whose latents have 4 channels */
export function refuseOlderVae({ given, tensors }: Part, option: string): void {
  if (tensors.get('decoder.conv_in.weight')?.shape[1] !== 4) return;
  throw new Fault('weights.other_kind', {
    option,
    file: given,
    what: 'the VAE of Stable Diffusion 1.5, 2 or XL (4 channels)',
    advice: 'Stable Diffusion 3.5 has one of 16 channels',
  });
}
