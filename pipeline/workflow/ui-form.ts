/**
 * ComfyUI's UI form made into what is executed, as its page does before it sends a workflow off: subgraphs opened,
 * reroutes and primitives resolved, bypassed nodes bridged, muted ones left out, widgets put to their names.
 */
import { Fault } from '../../config/faults.ts';
import type { StrictValue } from '../weights/strict-json.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';
import type { InputSpecs } from './inputs.ts';
import { MOST_NODES, MOST_SUBGRAPH_LEVELS, tooMuch } from './limits.ts';
import type { NodeKind } from './node.ts';
import type { UiForm, UiLevel, UiNode } from './ui-nodes.ts';

/** Nodes of the page alone. */
const NOTES = new Set(['Note', 'MarkdownNote']);
const REROUTE = 'Reroute';
const PRIMITIVE = 'PrimitiveNode';
/** What the page puts behind a seed; until the end of 2023 it was whether the seed is drawn anew. */
const AFTER_SEED = new Set<StrictValue>([
  'fixed',
  'increment',
  'increment-wrap',
  'decrement',
  'randomize',
  true,
  false,
]);
/** What it puts behind the name of a picture: the upload button. */
const AFTER_PICTURE = 'image';

/** A level where it is used: inside which node of which other level. */
interface Scope {
  readonly level: UiLevel;
  /** What ids inside begin with. */
  readonly prefix: string;
  readonly depth: number;
  readonly outer?: { readonly scope: Scope; readonly node: UiNode };
}

type Source = GraphInput | 'nothing' | 'muted';

/** @throws Fault `workflow.limit`, `workflow.circle` */
export function toApiForm({ root, subgraphs }: UiForm, kinds: ReadonlyMap<string, NodeKind>): Graph {
  const scopes = new Map<string, Scope>();
  const nodes = new Map<string, { node: UiNode; scope: Scope }>();
  const followed = new Map<string, Source>();
  const ends = new Map<UiLevel, ReadonlyMap<number, string>>();
  open({ level: root, prefix: '', depth: 0 });
  const graph = new Map<string, GraphNode>();
  const incomplete = new Set<string>();
  for (const [id, { node, scope }] of nodes) {
    if (isAlone(node, kinds)) continue;
    const { inputs, misses } = inputsOf(node, scope);
    graph.set(id, { type: node.type, inputs });
    if (misses) incomplete.add(id);
  }
  dropIncomplete(graph, incomplete, kinds);
  return graph;

  /** Collects the nodes of a level and of the subgraphs in it. */
  function open(scope: Scope): void {
    if (scope.depth > MOST_SUBGRAPH_LEVELS)
      throw tooMuch('levels of subgraphs', scope.depth, MOST_SUBGRAPH_LEVELS);
    scopes.set(scope.prefix, scope);
    for (const node of scope.level.nodes.values()) {
      if (node.mode !== 'active' || NOTES.has(node.type)) continue;
      if (node.type === REROUTE || node.type === PRIMITIVE) continue;
      const inner = subgraphs.get(node.type);
      if (inner === undefined) {
        nodes.set(scope.prefix + node.id, { node, scope });
        if (nodes.size > MOST_NODES) throw tooMuch('nodes', nodes.size, MOST_NODES);
        continue;
      }
      open({
        level: inner,
        prefix: `${scope.prefix}${node.id}:`,
        depth: scope.depth + 1,
        outer: { scope, node },
      });
    }
  }

  /** The links that feed a level's own outputs, by their numbers; of several the first. */
  function endsOf(level: UiLevel): ReadonlyMap<number, string> {
    const known = ends.get(level);
    if (known) return known;
    const own = new Map<number, string>();
    for (const [id, { to, input }] of level.links)
      if (to === level.outputNode && !own.has(input)) own.set(input, id);
    ends.set(level, own);
    return own;
  }

  function inputsOf(node: UiNode, scope: Scope): { inputs: Map<string, GraphInput>; misses: boolean } {
    const specs = kinds.get(node.type)?.inputs ?? {};
    const inputs = new Map<string, GraphInput>(widgetValues(node, specs));
    // A node may say what it likes: only what its kind takes is looked at, each once.
    const linked = new Map<string, string>();
    for (const { name, link } of node.inputs)
      if (link !== undefined && Object.hasOwn(specs, name)) linked.set(name, link);
    let misses = false;
    for (const [name, link] of linked) {
      const source = follow(link, scope, 0);
      if (source === 'muted' && specs[name]!.kind === 'link') misses ||= !specs[name]!.optional;
      else if (typeof source === 'object') inputs.set(name, source);
    }
    return { inputs, misses };
  }

  /** What feeds a link, through everything that only hands on; each link of a scope is followed once. */
  function follow(link: string, scope: Scope, steps: number): Source {
    if (steps > MOST_NODES) throw new Fault('workflow.circle', { node: link, type: REROUTE });
    const key = JSON.stringify([scope.prefix, link]);
    const known = followed.get(key);
    if (known !== undefined) return known;
    const source = sourceOf(link, scope, steps);
    followed.set(key, source);
    return source;
  }

  function sourceOf(link: string, scope: Scope, steps: number): Source {
    const { level, outer } = scope;
    const found = level.links.get(link);
    if (found === undefined) return 'nothing';
    if (found.from === level.inputNode && outer) {
      const given = outer.node.inputs[found.output];
      if (given?.link !== undefined) return follow(given.link, outer.scope, steps + 1);
      return promotedValue(outer.node, found.output);
    }
    const origin = level.nodes.get(found.from);
    if (origin === undefined) return 'nothing';
    if (origin.mode === 'muted') return 'muted';
    if (origin.mode === 'bypassed') {
      const through = bypassOf(origin, found.output);
      return through === undefined ? 'nothing' : follow(through, scope, steps + 1);
    }
    if (origin.type === REROUTE) {
      const before = origin.inputs[0]?.link;
      return before === undefined ? 'nothing' : follow(before, scope, steps + 1);
    }
    if (origin.type === PRIMITIVE) {
      const [value] = Array.isArray(origin.widgets) ? (origin.widgets as readonly StrictValue[]) : [];
      return value === undefined ? 'nothing' : { value };
    }
    const inner = scopes.get(`${scope.prefix}${origin.id}:`);
    if (inner) {
      const last = endsOf(inner.level).get(found.output);
      return last === undefined ? 'nothing' : follow(last, inner, steps + 1);
    }
    return { link: { node: scope.prefix + origin.id, output: found.output } };
  }
}

/** A node of the page that we do not know and that nothing is connected with: a label, a panel. */
function isAlone({ type, inputs }: UiNode, kinds: ReadonlyMap<string, NodeKind>): boolean {
  return !kinds.has(type) && inputs.every(({ link }) => link === undefined);
}

/** The link that a bypassed node's output is fed by: the input in the same place, else the first of the same type. */
function bypassOf({ inputs, outputs }: UiNode, output: number): string | undefined {
  const type = outputs[output];
  const opposite = inputs[output];
  return (opposite?.type === type ? opposite : inputs.find((input) => input.type === type))?.link;
}

/** The value of a widget that a subgraph shows on its outside; nothing where the inner node's own value counts. */
function promotedValue({ inputs, widgets }: UiNode, index: number): Source {
  if (!Array.isArray(widgets) || !inputs[index]?.isWidget) return 'nothing';
  const place = inputs.slice(0, index).filter(({ isWidget }) => isWidget).length;
  const value = (widgets as readonly StrictValue[])[place];
  return value === undefined || value === null ? 'nothing' : { value };
}

/** The widgets' values by the names of the inputs, in the order of the node's definition. */
function widgetValues({ widgets }: UiNode, specs: InputSpecs): [string, GraphInput][] {
  const named = Object.entries(specs).filter(([, { kind }]) => kind !== 'link');
  if (widgets instanceof Map) {
    return named.flatMap(([name]) => {
      const value = (widgets as ReadonlyMap<string, StrictValue>).get(name);
      return value === undefined ? [] : [[name, { value }] as [string, GraphInput]];
    });
  }
  const values = widgets as readonly StrictValue[];
  const found: [string, GraphInput][] = [];
  let at = 0;
  for (const [name, { kind }] of named) {
    const value = values[at++];
    if (value === undefined) break;
    found.push([name, { value }]);
    if (kind === 'seed' && AFTER_SEED.has(values[at]!)) at++;
    if (kind === 'picture' && values[at] === AFTER_PICTURE) at++;
  }
  return found;
}

/** Takes out the nodes that miss what a muted node would have given, and those that need them. */
function dropIncomplete(
  graph: Map<string, GraphNode>,
  incomplete: ReadonlySet<string>,
  kinds: ReadonlyMap<string, NodeKind>,
): void {
  if (incomplete.size === 0) return;
  const users = new Map<string, [node: string, input: string][]>();
  for (const [id, { inputs }] of graph)
    for (const [name, input] of inputs) {
      if (!('link' in input)) continue;
      const own = users.get(input.link.node) ?? [];
      users.set(input.link.node, own);
      own.push([id, name]);
    }
  const gone = new Set(incomplete);
  for (const id of gone) {
    graph.delete(id);
    for (const [other, name] of users.get(id) ?? []) {
      const user = graph.get(other);
      if (user === undefined) continue;
      if (kinds.get(user.type)?.inputs[name]?.optional) (user.inputs as Map<string, GraphInput>).delete(name);
      else gone.add(other);
    }
  }
}
