/** `--lora`, `--control` and what belongs to them: files that change what the model draws, found and read. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readLoraList } from '../../commands/lora-tags.ts';
import { LIMITS } from '../../config/defaults.ts';
import { Fault, quote } from '../../config/faults.ts';
import { findWorkflowFile } from '../../config/find-workflow-file.ts';
import type { Settings } from '../../config/settings.ts';
import { checkUpload } from '../../pipeline/image/init-image.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { openControlNet } from '../../pipeline/weights/networks/control-net.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { isName } from '../../pipeline/workflow/check-input.ts';
import { readNamedFile } from './named-file.ts';
import type { CommandLine } from './read-command-line.ts';

const ENDING = '.safetensors';

/**
 * A LoRA file by its name in a prompt, with or without its ending, in the folder of weights or its `loras`.
 * @throws Fault `lora.missing`
 */
export function findLora(name: string, settings: Settings): string {
  if (!isName(name)) throw new Fault('lora.missing', { name, folders: [settings.modelsDir] });
  const names = name.endsWith(ENDING) ? [name] : [name + ENDING, name];
  let folders: readonly string[] = [];
  for (const one of names) {
    const found = findWorkflowFile('loras', one, settings);
    if ('path' in found) return found.path;
    folders = found.folders;
  }
  throw new Fault('lora.missing', { name, folders });
}

/** @throws Fault `lora.missing`, `option.*`, `file.*`, `image.*`, `weights.*` */
export async function readChanges(
  line: CommandLine,
  request: PictureRequest,
  settings: Settings,
  folder: string,
): Promise<Pick<PictureRequest, 'loras' | 'control'>> {
  const typed = line.lora === undefined ? [] : readLoraList(line.lora, '--lora');
  const loras = [
    ...typed.map(({ name, strength }) => {
      const path = resolve(folder, name);
      return { file: existsSync(path) ? path : findLora(name, settings), strength };
    }),
    ...(request.loras ?? []),
  ];
  for (const { file } of loras) openSafetensors(file);
  return {
    ...(loras.length > 0 && { loras }),
    ...(await readControl(line, settings, folder)),
  };
}

async function readControl(
  { control, controlModel, controlStrength, controlEdges }: CommandLine,
  settings: Settings,
  folder: string,
): Promise<Pick<PictureRequest, 'control'>> {
  const needed = [
    ['--control', control, '--control-model', controlModel],
    ['--control-model', controlModel, '--control', control],
    ['--control-strength', controlStrength, '--control', control],
    ['--control-edges', controlEdges || undefined, '--control', control],
  ] as const;
  for (const [option, given, needs, other] of needed)
    if (given !== undefined && other === undefined) throw new Fault('option.needs', { option, needs });
  if (control === undefined || controlModel === undefined) return {};

  const image = readNamedFile('--control', control, resolve(folder, control));
  await checkUpload(image, `--control ${quote(control)}`);
  const strength = Number(controlStrength ?? 1);
  if (!(strength >= 0 && strength <= LIMITS.controlStrength)) {
    const allowed = `a number from 0 to ${LIMITS.controlStrength}`;
    throw new Fault('option.value', { option: '--control-strength', value: controlStrength!, allowed });
  }
  const file = findControlNet(controlModel, settings, folder);
  openControlNet(file);
  return { control: { file, image, strength, edges: controlEdges } };
}

function findControlNet(typed: string, settings: Settings, folder: string): string {
  const path = resolve(folder, typed);
  if (existsSync(path)) return path;
  const found = findWorkflowFile('controlnet', typed, settings);
  if ('path' in found) return found.path;
  throw new Fault('file.unreadable', { option: '--control-model', file: typed, problem: 'does not exist' });
}
