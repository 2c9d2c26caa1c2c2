/** What a workflow's files are taken from, and whether they may be used. */
import { basename, join } from 'node:path';
import { EMBEDDED_FOLDER, findTokenizers, type ModelFolders } from '../../config/find-model.ts';
import { findWorkflowFile } from '../../config/find-workflow-file.ts';
import type { Settings } from '../../config/settings.ts';
import { openFile } from '../../pipeline/weights/open-file.ts';
import { isName } from '../../pipeline/workflow/check-input.ts';
import { describeGraph } from '../../pipeline/workflow/describe-graph.ts';
import type { Graph } from '../../pipeline/workflow/graph.ts';
import { isStabilitys, requireConsent } from '../catalogue.ts';

/** The folders of weights; the embedded model's own, whose files bear common names, where a workflow is for that one. */
export function foldersFor(graph: Graph, settings: Settings): ModelFolders {
  const { checkpoint } = describeGraph(graph);
  if (checkpoint === undefined || !isName(checkpoint)) return settings;
  const finds = (folders: ModelFolders) => 'path' in findWorkflowFile('checkpoints', checkpoint, folders);
  const embedded = { modelsDir: EMBEDDED_FOLDER };
  return !finds(settings) && finds(embedded) ? embedded : settings;
}

export function geometryIn({ modelsDir }: ModelFolders): { readonly geometry?: string } {
  return modelsDir === EMBEDDED_FOLDER ? { geometry: join(EMBEDDED_FOLDER, 'geometry.json') } : {};
}

export function tokenizersFor(folders: ModelFolders): string | undefined {
  return folders.modelsDir === EMBEDDED_FOLDER ? EMBEDDED_FOLDER : findTokenizers(folders);
}

export function encodesWords(graph: Graph): boolean {
  return [...graph.values()].some(({ type }) => type.startsWith('CLIPTextEncode'));
}

/**
 * @param files by kind and name, as a workflow calls them @param label of what names them, in a sentence
 * @throws Fault `models.licence` for one of Stability's own transformers
 */
export function proveConsent(
  files: Readonly<Record<string, string>>,
  settings: Settings,
  label: string,
  geometry?: string,
): void {
  if (settings.stabilityLicenseAccepted) return;
  for (const [key, path] of Object.entries(files)) {
    if (!/^(checkpoints|diffusion_models)\//.test(key)) continue;
    const { mmdit } = openFile(path, ['mmdit', 'vae', 'clip_l', 'clip_g', 't5xxl'], label, geometry);
    if (mmdit && isStabilitys(path, mmdit.geometry)) requireConsent(basename(path), settings);
  }
}
