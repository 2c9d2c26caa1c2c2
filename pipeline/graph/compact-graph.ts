/**
 * An optimised graph made smaller for the next opening, which takes its time node by node and name by name: a
 * third less for a transformer, whose session is opened before every picture.
 *
 * In the graph as emitted each matrix waits for the very activation it meets (see `postponing.ts`), which takes
 * three nodes a matrix and holds whatever a runtime does with it. An opened graph is no longer optimised, so nothing
 * would be folded now; only the order matters. onnxruntime computes the inputs of a node one after another, the one
 * whose node stands latest in the file first. So the nodes that wait are put before all others, and each matrix is
 * widened when all else is ready for its product. Should an onnxruntime ever order nodes otherwise, one matrix in
 * `WAIT_TOGETHER` still waits for its own activation and the next ones with it: memory for so many, not for all.
 */
import {
  type GraphParts,
  type NamedPart,
  type NodePart,
  readGraphParts,
  writeGraphParts,
} from './graph-parts.ts';

const WAIT_TOGETHER = 16;

/** @param model as onnxruntime saves it: each node stands behind those that it takes its inputs from */
export function compactGraph(model: Uint8Array): Uint8Array {
  return writeGraphParts(numbered(waitingFirst(withoutUnused(waitingTogether(readGraphParts(model))))));
}

/** One shape for several weights of equal rank: that of the first of them, which is ready before the others. */
function waitingTogether(parts: GraphParts): GraphParts {
  const ranks = new Map(parts.initializers.map(({ name, rank }) => [name, rank]));
  const zeros = new Set(parts.nodes.filter(({ type }) => type === 'ArgMax').map(({ outputs }) => outputs[0]));
  const groups = new Map<number, { readonly shape: string; left: number }>();
  const nodes = parts.nodes.map((node) => {
    const [weight, shape] = node.inputs;
    const rank = weight === undefined ? undefined : ranks.get(weight);
    if (node.type !== 'Reshape' || rank === undefined || !zeros.has(shape!)) return node;
    const known = groups.get(rank);
    const group = known?.left ? known : { shape: shape!, left: WAIT_TOGETHER };
    groups.set(rank, group);
    group.left--;
    return { ...node, inputs: [weight!, group.shape] };
  });
  return { ...parts, nodes };
}

function withoutUnused(parts: GraphParts): GraphParts {
  const used = new Set(parts.outputs);
  const nodes = parts.nodes.toReversed().filter(({ inputs, outputs }) => {
    const isUsed = outputs.some((output) => used.has(output));
    if (isUsed) for (const input of inputs) used.add(input);
    return isUsed;
  });
  return {
    ...parts,
    nodes: nodes.toReversed(),
    initializers: parts.initializers.filter(({ name }) => used.has(name)),
    valueInfo: parts.valueInfo.filter(({ name }) => used.has(name)),
  };
}

/** Weights that wait, and their widening, before everything else. */
function waitingFirst(parts: GraphParts): GraphParts {
  const weights = new Set(parts.initializers.map(({ name }) => name));
  const waiting = new Set<string>();
  const first: NodePart[] = [];
  const others: NodePart[] = [];
  for (const node of parts.nodes) {
    const [input, shape] = node.inputs;
    const isFirst =
      node.type === 'Reshape'
        ? weights.has(input!) && !weights.has(shape!)
        : (node.type === 'Cast' && waiting.has(input!)) || isJoinOf(node, waiting, weights);
    (isFirst ? first : others).push(node);
    if (isFirst) waiting.add(node.outputs[0]!);
  }
  return { ...parts, nodes: [...first, ...others] };
}

/** Whether it puts weights that wait together. */
function isJoinOf(node: NodePart, waiting: ReadonlySet<string>, weights: ReadonlySet<string>): boolean {
  return (
    node.type === 'Concat' &&
    node.inputs.some((input) => waiting.has(input)) &&
    node.inputs.every((input) => waiting.has(input) || weights.has(input))
  );
}

/** Every name but those of the graph's inputs and outputs becomes a number. */
function numbered(parts: GraphParts): GraphParts {
  const names = new Map(['', ...parts.inputs, ...parts.outputs].map((name) => [name, name]));
  const number = (name: string) => {
    const known = names.get(name) ?? String(names.size);
    names.set(name, known);
    return known;
  };
  const numberedPart = (part: NamedPart) => ({ ...part, name: number(part.name) });
  return {
    ...parts,
    nodes: parts.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(number),
      outputs: node.outputs.map(number),
    })),
    initializers: parts.initializers.map(numberedPart),
    valueInfo: parts.valueInfo.map(numberedPart),
  };
}
