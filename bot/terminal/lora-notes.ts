/** What LoRA files hold that does nothing to the model: said beside the picture, since ComfyUI, too, only leaves it out. */
import { basename } from 'node:path';
import { quote } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { readLora } from '../../pipeline/weights/lora/read-lora.ts';
import { openModel } from '../../pipeline/weights/open-model.ts';

/** One sentence a file of which something was left alone, without its full stop. Reads headers only. */
export function loraNotes({ model, loras = [], workflow }: PictureRequest): readonly string[] {
  if (workflow !== undefined || loras.length === 0) return [];
  const networks = openModel(model.files);
  return loras.flatMap(({ file }) => {
    const { patches, unknown, unfit } = readLora(file, networks);
    const name = quote(basename(file));
    if (patches.length === 0) return [`The LoRA file ${name} changes nothing: it was made for another model`];
    const left = [
      ...(unknown.length > 0 ? [`${counted(unknown.length, 'tensor')} whose names mean nothing here`] : []),
      ...(unfit.length > 0 ? [`${counted(unfit.length, 'layer')} of other sides`] : []),
    ];
    return left.length === 0 ? [] : [`Of the LoRA file ${name}, ${left.join(' and ')} were left out`];
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
