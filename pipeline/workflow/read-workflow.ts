/** A workflow file, written by anybody: JSON in either of ComfyUI's forms, or a PNG that carries one. */
import { Fault } from '../../config/faults.ts';
import { isPng, readTextChunks } from '../image/png.ts';
import { isObject, JsonRefusal, parseStrictJson, type StrictObject } from '../weights/strict-json.ts';
import { isApiForm, readApiForm } from './api-form.ts';
import type { Graph } from './graph.ts';
import { MOST_BYTES, MOST_LEVELS, MOST_NODES, tooMuch } from './limits.ts';
import { NODE_KINDS } from './registry.ts';
import { toApiForm } from './ui-form.ts';
import { isUiForm, readUiForm } from './ui-nodes.ts';

/** Values in a workflow's JSON. */
const MOST_VALUES = 80_000;

/** @param what what the file is called in a sentence. @throws Fault `workflow.unreadable`, `workflow.limit`, `image.broken` */
export function readWorkflow(bytes: Uint8Array, what: string): Graph {
  if (isPng(bytes)) return readFromPng(bytes, what);
  return readJson(bytes, what);
}

/** ComfyUI writes the API form under `prompt`, which says exactly what made the picture, and the UI form under `workflow`. */
function readFromPng(bytes: Uint8Array, what: string): Graph {
  const texts = readTextChunks(bytes);
  for (const keyword of ['prompt', 'workflow']) {
    const found = texts.find((text) => text.keyword === keyword);
    if (found) return readJson(Buffer.from(found.text), what);
  }
  throw new Fault('workflow.unreadable', { file: what, problem: 'the picture carries no workflow' });
}

function readJson(bytes: Uint8Array, what: string): Graph {
  if (bytes.length > MOST_BYTES) throw tooMuch('bytes', bytes.length, MOST_BYTES);
  const refuse = (problem: string) => new Fault('workflow.unreadable', { file: what, problem });
  const form = parse(bytes, refuse);
  if (isUiForm(form)) return toApiForm(readUiForm(form), NODE_KINDS);
  // What is sent to ComfyUI wraps the nodes in `prompt`.
  const inner = form.get('prompt');
  const nodes = isObject(inner) && isApiForm(inner) ? inner : form;
  if (nodes.size > MOST_NODES) throw tooMuch('nodes', nodes.size, MOST_NODES);
  if (!isApiForm(nodes)) throw refuse('it is no workflow of ComfyUI (neither its API form nor its UI form)');
  return readApiForm(nodes);
}

function parse(bytes: Uint8Array, refuse: (problem: string) => Fault): StrictObject {
  try {
    // ComfyUI itself writes NaN for what a node of somebody's pack says about whether it changed.
    const value = parseStrictJson(withoutMark(bytes), {
      depth: MOST_LEVELS,
      values: MOST_VALUES,
      exactIntegers: true,
      pythonNumbers: true,
    });
    if (isObject(value)) return value;
  } catch (error) {
    if (error instanceof JsonRefusal) throw refuse(error.message);
    throw error;
  }
  throw refuse('it is no JSON object');
}

/** Without the byte order mark that some editors put in front of a text. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
