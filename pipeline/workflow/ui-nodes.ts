/** ComfyUI's UI form read from its JSON: nodes, links and subgraphs as they lie there, nothing resolved yet. */
import { isObject, type StrictObject, type StrictValue } from '../weights/strict-json.ts';

/** How a node takes part. */
export type UiMode = 'active' | 'muted' | 'bypassed';

export interface UiInput {
  readonly name: string;
  readonly type: string;
  readonly link?: string;
  /** It stands for a widget of the node. */
  readonly isWidget: boolean;
}

export interface UiNode {
  readonly id: string;
  readonly type: string;
  readonly mode: UiMode;
  readonly inputs: readonly UiInput[];
  /** Types of the outputs. */
  readonly outputs: readonly string[];
  /** By position, or by name. */
  readonly widgets: readonly StrictValue[] | StrictObject;
}

export interface UiLink {
  readonly from: string;
  readonly output: number;
  readonly to: string;
  readonly input: number;
}

/** One level: the workflow itself, or a subgraph of it. */
export interface UiLevel {
  readonly nodes: ReadonlyMap<string, UiNode>;
  readonly links: ReadonlyMap<string, UiLink>;
  /** Ids of the nodes that stand for the subgraph's own inputs and outputs. */
  readonly inputNode?: string;
  readonly outputNode?: string;
}

export interface UiForm {
  readonly root: UiLevel;
  /** By id, which is the `type` of a node that stands for one. */
  readonly subgraphs: ReadonlyMap<string, UiLevel>;
}

const MUTED = 2;
const BYPASSED = 4;

export function isUiForm(value: StrictObject): boolean {
  return Array.isArray(value.get('nodes'));
}

/** Takes what `isUiForm` has accepted. What is not as expected is left out; the check of the graph then misses it. */
export function readUiForm(form: StrictObject): UiForm {
  const subgraphs = new Map<string, UiLevel>();
  const definitions = form.get('definitions');
  const listed = isObject(definitions) ? definitions.get('subgraphs') : undefined;
  for (const one of objectsIn(listed)) subgraphs.set(String(one.get('id')), readLevel(one));
  return { root: readLevel(form), subgraphs };
}

function readLevel(level: StrictObject): UiLevel {
  const nodes = objectsIn(level.get('nodes')).map(readNode);
  const links = listIn(level.get('links')).flatMap(readLink);
  const end = (name: string) => {
    const node = level.get(name);
    return isObject(node) ? idOf(node.get('id')) : undefined;
  };
  const inputNode = end('inputNode');
  const outputNode = end('outputNode');
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    links: new Map(links),
    ...(inputNode === undefined ? {} : { inputNode }),
    ...(outputNode === undefined ? {} : { outputNode }),
  };
}

function readNode(node: StrictObject): UiNode {
  const mode = node.get('mode');
  const widgets = node.get('widgets_values');
  return {
    id: idOf(node.get('id')) ?? '',
    type: textOf(node.get('type')),
    mode: mode === MUTED ? 'muted' : mode === BYPASSED ? 'bypassed' : 'active',
    inputs: objectsIn(node.get('inputs')).map((input) => {
      const link = idOf(input.get('link'));
      return {
        name: textOf(input.get('name')),
        type: textOf(input.get('type')),
        ...(link === undefined ? {} : { link }),
        isWidget: isObject(input.get('widget')),
      };
    }),
    outputs: objectsIn(node.get('outputs')).map((output) => textOf(output.get('type'))),
    widgets: isObject(widgets) ? widgets : listIn(widgets),
  };
}

/** [id, from node, from output, to node, to input, type], or an object with these by name. */
function readLink(link: StrictValue): [string, UiLink][] {
  const parts = isObject(link)
    ? ['id', 'origin_id', 'origin_slot', 'target_id', 'target_slot'].map((name) => link.get(name))
    : listIn(link);
  const [id, from, output, to, input] = parts;
  const [linkId, fromId, toId] = [idOf(id), idOf(from), idOf(to)];
  if (linkId === undefined || fromId === undefined || toId === undefined) return [];
  return [[linkId, { from: fromId, output: Number(output), to: toId, input: Number(input) }]];
}

function idOf(value: StrictValue | undefined): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}

function textOf(value: StrictValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function listIn(value: StrictValue | undefined): readonly StrictValue[] {
  return Array.isArray(value) ? value : [];
}

function objectsIn(value: StrictValue | undefined): readonly StrictObject[] {
  return listIn(value).filter(isObject);
}
