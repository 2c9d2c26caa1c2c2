/**
 * A graph as ComfyUI's page saves it (version 0.4 of its UI form): nodes with places, links with numbers, widgets by
 * position. Opened there it can be looked at and changed.
 */
import type { StrictValue } from '../weights/strict-json.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { InputSpec } from './inputs.ts';
import type { NodeKind } from './node.ts';

/** Pixels on the page. */
const COLUMN = 420;
const WIDTH = 330;
const GAP = 50;
const ROW = 24;
const TEXT_HEIGHT = 160;

type Link = readonly [id: number, from: number, output: number, to: number, input: number, type: string];

/**
 * @param kinds those of all its nodes
 * @returns plain JSON
 */
export function uiFormOf(graph: Graph, kinds: ReadonlyMap<string, NodeKind>) {
  const ids = numbersOf(graph);
  const columns = columnsOf(graph);
  const heights = new Map<number, number>();
  const links: Link[] = [];
  const nodes = [...graph].map(([id, node], order) => {
    const kind = kinds.get(node.type)!;
    const slots = slotsOf(node, kind);
    const inputs = slots.map(({ name, spec, source }, slot) => {
      const type = spec.kind === 'link' ? spec.type : WIDGET_TYPES[spec.kind];
      const widget = spec.kind === 'link' ? {} : { widget: { name } };
      const from = source && ids.get(source.node);
      if (source === undefined || from === undefined) return { name, type, ...widget, link: null };
      const made: Link = [links.length + 1, from, source.output, ids.get(id)!, slot, type];
      links.push(made);
      return { name, type, ...widget, link: made[0] };
    });
    const widgets = widgetsOf(node, kind);
    const hasText = Object.values(kind.inputs).some((spec) => spec.kind === 'text');
    const lines = Math.max(inputs.length, kind.outputs.length) + widgets.length + 2;
    const size = [WIDTH, lines * ROW + (hasText ? TEXT_HEIGHT : 0)] as const;
    const column = columns.get(id)!;
    const top = heights.get(column) ?? 0;
    heights.set(column, top + size[1] + GAP);
    return {
      id: ids.get(id)!,
      type: node.type,
      pos: [column * COLUMN, top],
      size,
      flags: {},
      order,
      mode: 0,
      inputs,
      outputs: kind.outputs,
      properties: { 'Node name for S&R': node.type },
      widgets_values: widgets,
    };
  });
  return {
    last_node_id: Math.max(0, ...ids.values()),
    last_link_id: links.length,
    nodes: nodes.map((node) => ({ ...node, outputs: outputsOf(node.id, node.outputs, links) })),
    links,
    groups: [],
    config: {},
    extra: {},
    version: 0.4,
  };
}

const WIDGET_TYPES: Readonly<Record<Exclude<InputSpec['kind'], 'link'>, string>> = {
  whole: 'INT',
  seed: 'INT',
  number: 'FLOAT',
  choice: 'COMBO',
  text: 'STRING',
  switch: 'BOOLEAN',
  file: 'COMBO',
  picture: 'COMBO',
};

/** The page counts its nodes; ids of the API form are mostly such numbers, but need not be. */
function numbersOf(graph: Graph): ReadonlyMap<string, number> {
  const areNumbers = [...graph.keys()].every((id) => /^[1-9]\d{0,8}$/.test(id));
  return new Map([...graph.keys()].map((id, place) => [id, areNumbers ? Number(id) : place + 1]));
}

/** How many nodes stand in the longest row before each. */
function columnsOf(graph: Graph): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  const columnOf = (id: string): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    columns.set(id, 0);
    const before = [...(graph.get(id)?.inputs.values() ?? [])].flatMap((input) =>
      'link' in input && graph.has(input.link.node) ? [columnOf(input.link.node) + 1] : [],
    );
    columns.set(id, Math.max(0, ...before));
    return columns.get(id)!;
  };
  for (const id of graph.keys()) columnOf(id);
  return columns;
}

/** Inputs that take a link, and widgets that have one. */
function slotsOf({ inputs }: GraphNode, { inputs: specs }: NodeKind) {
  return Object.entries(specs).flatMap(([name, spec]) => {
    const given = inputs.get(name);
    const source = given && 'link' in given ? given.link : undefined;
    return spec.kind === 'link' || source ? [{ name, spec, source }] : [];
  });
}

function widgetsOf({ inputs }: GraphNode, { inputs: specs }: NodeKind): unknown[] {
  const all = Object.entries(specs);
  const values = all.flatMap(([name, spec]): unknown[] => {
    if (spec.kind === 'link') return [];
    const given = inputs.get(name);
    const value = given && 'value' in given ? plain(given.value) : (spec.otherwise ?? null);
    // Behind a seed stands what becomes of it after the run.
    return spec.kind === 'seed' ? [value, 'fixed'] : [value];
  });
  // Last stands the button that uploads a picture.
  return all.some(([, { kind }]) => kind === 'picture') ? [...values, 'image'] : values;
}

/** Seeds beyond 2^53 lose their last digits, as in every browser. */
function plain(value: StrictValue): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function outputsOf(id: number, types: readonly string[], links: readonly Link[]) {
  return types.map((type, slot) => {
    const own = links.filter(([, from, output]) => from === id && output === slot);
    return {
      name: type,
      type,
      slot_index: slot,
      links: own.length === 0 ? null : own.map(([link]) => link),
    };
  });
}
