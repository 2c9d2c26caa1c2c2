/**
 * Somebody's workflow, out of a picture that they sent, made into a request. Whoever sends one is not whoever runs
 * Darkroom: it may use the models, LoRA files and ControlNets that everybody here may, loads no picture but those that the
 * sender's own requests started from, is as large as other requests, and its words are looked at as theirs are.
 */
import { basename } from 'node:path';
import type { FindPicture, Installation, WorkflowChanges } from '../commands/installation.ts';
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { findWorkflowFile } from '../config/find-workflow-file.ts';
import type { Settings } from '../config/settings.ts';
import { digestIn } from '../pipeline/image/picture-name.ts';
import type { PictureRequest } from '../pipeline/request.ts';
import { checkGraph, type Lookup } from '../pipeline/workflow/check.ts';
import { describeGraph } from '../pipeline/workflow/describe-graph.ts';
import { fileKey } from '../pipeline/workflow/given-files.ts';
import { type Graph, type GraphNode, writeGraph } from '../pipeline/workflow/graph.ts';
import { tooMuch } from '../pipeline/workflow/limits.ts';
import { override, textNodes, withSeed } from '../pipeline/workflow/override.ts';
import { readWorkflow } from '../pipeline/workflow/read-workflow.ts';
import { NODE_KINDS } from '../pipeline/workflow/registry.ts';
import { outputsOf } from '../pipeline/workflow/run.ts';
import {
  encodesWords,
  foldersFor,
  geometryIn,
  proveConsent,
  tokenizersFor,
} from './models/workflow-files.ts';

/** Bytes of its JSON: it is kept with its request. */
const LONGEST = 512 * 1024;
/** Start picture, mask, and what a ControlNet follows. */
const MOST_PICTURES = 3;
/** Steps of all its samplers: two passes of the longest that anybody may ask for. */
const MOST_STEPS = 2 * LIMITS.steps;

type Allowed = Pick<Installation, 'checkWords' | 'findLora' | 'findControlNet' | 'newId'>;

/** @throws Fault `workflow.*`, `models.licence`, `safety.words`, `lora.*`, `control.*`, `weights.*` */
export async function readSentWorkflow(
  png: Uint8Array,
  { changes, ownPicture }: { readonly changes: WorkflowChanges; readonly ownPicture: FindPicture },
  settings: Settings,
  installation: Allowed,
): Promise<PictureRequest> {
  const sent = readWorkflow(png, 'the picture');
  const { seed, ...others } = changes;
  const changed = override(sent, others, (name) => name);
  const graph = seed === undefined ? changed : withSeed(changed, seed);
  requireModest(graph);
  checkTexts(graph, installation);

  const folders = foldersFor(graph, settings);
  const files: Record<string, string> = {};
  const wanted = new Set<string>();
  const lookup: Lookup = {
    file(kind, name) {
      const path = findSentFile(kind, name);
      files[fileKey(kind, name)] = path;
      return path;
    },
    picture: (name) => wanted.add(name),
  };
  function findSentFile(kind: Parameters<Lookup['file']>[0], name: string): string {
    if (kind === 'loras') return installation.findLora!(name);
    if (kind === 'controlnet') return installation.findControlNet!(name);
    const found = findWorkflowFile(kind, name, folders);
    if ('path' in found) return found.path;
    throw new Fault('workflow.sent_file', { file: name });
  }

  outputsOf(checkGraph(graph, NODE_KINDS, lookup));
  const { geometry } = geometryIn(folders);
  proveConsent(files, settings, 'the workflow', geometry);
  const tokenizers = tokenizersFor(folders);
  if (tokenizers === undefined && encodesWords(graph))
    throw new Fault('workflow.sent_file', { file: 'clip_vocab.json' });
  const pictures = await findPictures(wanted, ownPicture);
  const json = writeGraph(graph);
  if (json.length > LONGEST) throw tooMuch('bytes', json.length, LONGEST);
  const { checkpoint = 'workflow', ...described } = describeGraph(graph);
  const file = Object.entries(files).find(([key]) => key.endsWith(`/${checkpoint}`))?.[1] ?? '';
  return {
    id: installation.newId(),
    model: {
      name: basename(checkpoint).replace(/\.safetensors$/, ''),
      files: { checkpoint: file, tokenizers: tokenizers ?? '' },
    },
    ...described,
    workflow: {
      json,
      files,
      pictures,
      tokenizers: tokenizers ?? '',
      ...(geometry === undefined ? {} : { geometry }),
    },
    previews: true,
    keepTensors: false,
  };
}

/** What it loads, where the sender's own requests started from it. @throws Fault `workflow.sent_picture`, `workflow.limit` */
async function findPictures(
  names: ReadonlySet<string>,
  ownPicture: FindPicture,
): Promise<Record<string, Uint8Array>> {
  if (names.size > MOST_PICTURES) throw tooMuch('pictures that it loads', names.size, MOST_PICTURES);
  const found: Record<string, Uint8Array> = {};
  for (const name of names) {
    const digest = digestIn(name);
    const bytes = digest === undefined ? undefined : await ownPicture(digest);
    if (bytes === undefined) throw new Fault('workflow.sent_picture', { picture: name });
    found[name] = bytes;
  }
  return found;
}

/** No larger and no longer than what `/imagine` takes. @throws Fault `workflow.limit` */
function requireModest(graph: Graph): void {
  let steps = 0;
  for (const node of graph.values()) {
    const width = numberOf(node, 'width');
    const height = numberOf(node, 'height');
    if (width * height > LIMITS.largePixels)
      throw tooMuch('pixels in a picture', width * height, LIMITS.largePixels);
    const pictures = Math.max(numberOf(node, 'batch_size'), numberOf(node, 'amount'));
    if (pictures > LIMITS.count) throw tooMuch('pictures in a batch', pictures, LIMITS.count);
    steps += numberOf(node, 'steps');
  }
  if (steps > MOST_STEPS) throw tooMuch('steps in all', steps, MOST_STEPS);
}

function numberOf({ inputs }: GraphNode, name: string): number {
  const input = inputs.get(name);
  const value = input !== undefined && 'value' in input ? Number(input.value) : 0;
  return Number.isFinite(value) ? value : 0;
}

/** Every text of it, wherever it stands: what leads to the negative side alone as a negative prompt. @throws Fault `safety.words` */
function checkTexts(graph: Graph, { checkWords }: Allowed): void {
  const positive = new Set(textNodes(graph, 'positive'));
  const negative = new Set(textNodes(graph, 'negative').filter((id) => !positive.has(id)));
  for (const [id, { inputs }] of graph) {
    for (const input of inputs.values()) {
      if (!('value' in input) || typeof input.value !== 'string') continue;
      const { length } = [...input.value];
      if (length > LIMITS.prompt) throw tooMuch('characters of a text', length, LIMITS.prompt);
      checkWords(negative.has(id) ? 'negative' : 'prompt', input.value);
    }
  }
}
