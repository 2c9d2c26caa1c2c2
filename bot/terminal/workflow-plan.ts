/** `--workflow FILE`: somebody's ComfyUI workflow made into a request. Read, changed by the flags beside it, proven whole; nothing started yet. */
import { basename, dirname, resolve } from 'node:path';
import type { OptionName, RawOptions } from '../../commands/options.ts';
import { readOption } from '../../commands/read-option.ts';
import { LIMITS } from '../../config/defaults.ts';
import { Fault, quote } from '../../config/faults.ts';
import type { ModelFolders } from '../../config/find-model.ts';
import { findWorkflowFile } from '../../config/find-workflow-file.ts';
import type { Settings } from '../../config/settings.ts';
import { checkUpload } from '../../pipeline/image/check-upload.ts';
import type { PictureRequest, WorkflowRequest } from '../../pipeline/request.ts';
import { checkGraph, type Lookup } from '../../pipeline/workflow/check.ts';
import { describeGraph } from '../../pipeline/workflow/describe-graph.ts';
import { fileKey } from '../../pipeline/workflow/given-files.ts';
import { type Graph, writeGraph } from '../../pipeline/workflow/graph.ts';
import { type Overrides, override } from '../../pipeline/workflow/override.ts';
import { readWorkflow } from '../../pipeline/workflow/read-workflow.ts';
import { NODE_KINDS } from '../../pipeline/workflow/registry.ts';
import { outputsOf } from '../../pipeline/workflow/run.ts';
import {
  encodesWords,
  foldersFor,
  geometryIn,
  proveConsent,
  tokenizersFor,
} from '../models/workflow-files.ts';
import { findPicture } from './find-picture.ts';
import { labelOf } from './flags.ts';
import { readNamedFile } from './named-file.ts';
import { type CommandLine, PICTURE_NAMES } from './read-command-line.ts';
import { tokenizersOf } from './typed-model.ts';

/** Options that a workflow has no node for: what they decide, its author has decided. */
const WITHOUT_NODE: readonly OptionName[] = [
  'style',
  'model',
  'aspect',
  'expand',
  'upscale',
  'upscale-strength',
  'lora',
  'control-model',
  'control-strength',
  'control-edges',
  'fast',
];
/** Under which a file that was typed is known in the graph. */
const TYPED = {
  image: '--init',
  mask: '--mask',
  control: '--control',
  checkpoint: '--checkpoint',
  vae: '--vae',
} as const;

interface World {
  readonly folder: string;
  newId(): string;
}

/** @throws Fault workflow.*, option.*, file.*, weights.*, image.* */
export async function readWorkflowRequest(
  line: CommandLine & { readonly workflow: string },
  settings: Settings,
  { folder, newId }: World,
): Promise<Omit<PictureRequest, 'previews' | 'keepTensors'>> {
  const path = resolve(folder, line.workflow);
  const bytes = readNamedFile('--workflow', line.workflow, path);
  const graph = override(readWorkflow(bytes, line.workflow), readOverrides(line), labelOfOverride);

  const folders = foldersFor(graph, settings);
  const files: Record<string, string> = {};
  const pictures: Record<string, Uint8Array> = {};
  const typed = typedFiles(line, folder);
  const lookup: Lookup = {
    file(kind, name) {
      const found = typed.get(name) ?? known(findWorkflowFile(kind, name, folders), name);
      files[fileKey(kind, name)] = found;
      return found;
    },
    picture(name) {
      const found = typed.get(name) ?? findPicture(name, dirname(path), settings);
      pictures[name] ??= readNamedFile('--workflow', name, found, LIMITS.uploadBytes);
    },
  };
  const checked = checkGraph(graph, NODE_KINDS, lookup);
  outputsOf(checked);
  for (const [name, picture] of Object.entries(pictures))
    await checkUpload(picture, `The picture ${quote(name)}`);

  const workflow: WorkflowRequest = {
    json: writeGraph(graph),
    files,
    pictures,
    tokenizers: findWorkflowTokenizers(line, folders, folder, graph),
    ...geometryOf(line, folders, folder),
  };
  const { checkpoint, ...described } = describeGraph(graph);
  const file = Object.entries(files).find(([key]) => key.endsWith(`/${checkpoint}`))?.[1] ?? '';
  proveConsent(files, settings, '--workflow', workflow.geometry);
  return {
    id: newId(),
    model: {
      name: basename(checkpoint ?? 'workflow').replace(/\.safetensors$/, ''),
      files: { checkpoint: file, tokenizers: workflow.tokenizers },
    },
    ...described,
    workflow,
  };
}

function geometryOf(line: CommandLine, folders: ModelFolders, folder: string): { geometry?: string } {
  const typed = line.files?.geometry;
  return typed === undefined ? geometryIn(folders) : { geometry: resolve(folder, typed) };
}

/** What the flags say, read as they always are. */
function readOverrides(line: CommandLine): Overrides {
  const given = { ...line.options, ...line.pictures };
  const stray = WITHOUT_NODE.find((name) => given[name] !== undefined);
  if (stray) throw new Fault('option.conflict', { option: labelOf(stray), other: '--workflow' });
  for (const part of ['clipL', 'clipG', 't5'] as const) {
    if (line.files?.[part] !== undefined)
      throw new Fault('option.conflict', { option: '--clip-l, --clip-g or --t5', other: '--workflow' });
  }
  const values = Object.entries(line.options as RawOptions).flatMap(([name, raw]) =>
    raw === undefined ? [] : [[name, readOption(name as OptionName, raw, labelOf(name as OptionName))]],
  );
  return {
    ...(Object.fromEntries(values) as Overrides),
    ...Object.fromEntries(
      PICTURE_NAMES.flatMap((name) => (line.pictures[name] === undefined ? [] : [[name, TYPED[name]]])),
    ),
    ...(line.files?.checkpoint === undefined ? {} : { checkpoint: TYPED.checkpoint }),
    ...(line.files?.vae === undefined ? {} : { vae: TYPED.vae }),
  };
}

function typedFiles(line: CommandLine, folder: string): ReadonlyMap<string, string> {
  const given = [
    ...PICTURE_NAMES.map((name) => [TYPED[name], line.pictures[name]] as const),
    [TYPED.checkpoint, line.files?.checkpoint],
    [TYPED.vae, line.files?.vae],
  ] as const;
  return new Map(
    given.flatMap(([name, path]) => (path === undefined ? [] : [[name, resolve(folder, path)]])),
  );
}

function labelOfOverride(name: keyof Overrides): string {
  return name === 'checkpoint' || name === 'vae' ? `--${name}` : labelOf(name);
}

function known(found: { path: string } | { folders: readonly string[] }, name: string): string {
  if ('path' in found) return found.path;
  throw new Fault('workflow.file', { file: name, folders: found.folders });
}

/** Needed only where words are encoded. */
function findWorkflowTokenizers(
  line: CommandLine,
  folders: ModelFolders,
  folder: string,
  graph: Graph,
): string {
  const typed = line.files?.tokenizers;
  if (typed !== undefined) return tokenizersOf(typed, folder);
  const found = tokenizersFor(folders);
  if (found === undefined && encodesWords(graph))
    throw new Fault('option.needs', { option: '--workflow', needs: '--tokenizers' });
  return found ?? '';
}
