/** A LoRA file by its name, for whoever runs the program and knows its folders (`shelf.ts` is for everybody else). */
import { Fault } from '../../config/faults.ts';
import { findWorkflowFile } from '../../config/find-workflow-file.ts';
import type { ModelFolders } from '../../config/model-folders.ts';
import type { ModelFiles } from '../../pipeline/request.ts';
import { proveLoras } from '../../pipeline/weights/lora/prove-loras.ts';
import type { LoraUse } from '../../pipeline/weights/lora-use.ts';
import { openModel } from '../../pipeline/weights/open-model.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { isName } from '../../pipeline/workflow/check-input.ts';
import { isElsewhere } from '../devices/elsewhere.ts';

const ENDING = '.safetensors';

/**
 * The path of a LoRA file by its name, with or without its ending, in the folder of weights or its `loras`; its header
 * is read, so that a damaged one is told before its turn comes.
 * @throws Fault `lora.missing`, `weights.*`
 */
export function findLora(name: string, folders: ModelFolders): string {
  if (!isName(name)) throw new Fault('lora.missing', { name, folders: [folders.modelsDir] });
  const names = name.toLowerCase().endsWith(ENDING) ? [name] : [name + ENDING, name];
  let told: readonly string[] = [];
  for (const one of names) {
    const found = findWorkflowFile('loras', one, folders);
    if ('path' in found) return openSafetensors(found.path).file;
    told = found.folders;
  }
  throw new Fault('lora.missing', { name, folders: told });
}

/** @throws Fault `lora.no_change` for one that was made for another model, `weights.*` */
export function checkLoras(loras: readonly LoraUse[], { files }: { readonly files: ModelFiles }): void {
  // A model on another machine cannot be looked into; a file that changes nothing there draws the picture without it.
  if (!isElsewhere(files.checkpoint)) proveLoras(loras, openModel(files));
}
