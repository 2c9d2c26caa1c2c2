/** LoRA files and ControlNets as they are typed on a machine of one's own: by path, or by name in the folders of weights. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../../config/faults.ts';
import { findWorkflowFile } from '../../config/find-workflow-file.ts';
import type { Settings } from '../../config/settings.ts';
import { openControlNet } from '../../pipeline/weights/networks/control-net.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { findLora } from '../models/loras.ts';

/** @param folder what relative paths are relative to. @throws Fault `lora.missing`, `weights.*` */
export function findTypedLora(typed: string, settings: Settings, folder: string): string {
  const path = resolve(folder, typed);
  const file = existsSync(path) ? path : findLora(typed, settings);
  openSafetensors(file);
  return file;
}

/** @throws Fault `file.unreadable`, `weights.*` */
export function findTypedControlNet(typed: string, settings: Settings, folder: string): string {
  const path = resolve(folder, typed);
  const file = existsSync(path) ? path : pathIn(findWorkflowFile('controlnet', typed, settings));
  if (file === undefined)
    throw new Fault('file.unreadable', { option: '--control-model', file: typed, problem: 'does not exist' });
  openControlNet(file);
  return file;
}

function pathIn(found: { path: string } | { folders: readonly string[] }): string | undefined {
  return 'path' in found ? found.path : undefined;
}
