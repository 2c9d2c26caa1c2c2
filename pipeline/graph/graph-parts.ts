/** An ONNX model taken apart as far as names and order go, and put together again; all else stays the bytes it was. */
import { GRAPH, MODEL, NODE, TENSOR, VALUE_INFO } from './onnx.ts';
import { ProtobufWriter } from './protobuf.ts';
import { type Field, readFields } from './protobuf-reader.ts';

export interface NodePart {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Type, attributes and operator set, as they were encoded. */
  readonly rest: readonly Uint8Array[];
}

/** An initializer, or what is known of a value. */
export interface NamedPart {
  readonly name: string;
  /** Of an initializer: how many sides it has. */
  readonly rank: number;
  readonly rest: readonly Uint8Array[];
}

export interface GraphParts {
  readonly nodes: readonly NodePart[];
  readonly initializers: readonly NamedPart[];
  readonly valueInfo: readonly NamedPart[];
  /** Names that callers use. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Inputs and outputs with their types, and whatever else belongs to the graph. */
  readonly rest: readonly Uint8Array[];
  /** Whatever belongs to the model. */
  readonly modelRest: readonly Uint8Array[];
}

export function readGraphParts(model: Uint8Array): GraphParts {
  const modelFields = readFields(model);
  const graph = modelFields.find(({ number }) => number === MODEL.graph);
  if (!graph) throw new Error('a model without a graph');
  const fields = new Map<number, Field[]>();
  for (const field of readFields(graph.bytes)) {
    const same = fields.get(field.number);
    if (same) same.push(field);
    else fields.set(field.number, [field]);
  }
  const of = (number: number) => fields.get(number) ?? [];
  const apart: ReadonlySet<number> = new Set([GRAPH.node, GRAPH.initializer, GRAPH.valueInfo]);
  return {
    nodes: of(GRAPH.node).map(readNode),
    initializers: of(GRAPH.initializer).map(({ bytes }) => readNamed(bytes, TENSOR.name)),
    valueInfo: of(GRAPH.valueInfo).map(({ bytes }) => readNamed(bytes, VALUE_INFO.name)),
    inputs: of(GRAPH.input).map(({ bytes }) => readNamed(bytes, VALUE_INFO.name).name),
    outputs: of(GRAPH.output).map(({ bytes }) => readNamed(bytes, VALUE_INFO.name).name),
    rest: [...fields].flatMap(([number, same]) => (apart.has(number) ? [] : same.map(({ whole }) => whole))),
    modelRest: modelFields.filter((field) => field !== graph).map(({ whole }) => whole),
  };
}

export function writeGraphParts(parts: GraphParts): Uint8Array {
  const graph = new ProtobufWriter(2 ** 20);
  for (const bytes of parts.rest) graph.encoded(bytes);
  for (const { inputs, outputs, rest } of parts.nodes) {
    graph.message(GRAPH.node, (node) => {
      for (const input of inputs) node.string(NODE.input, input);
      for (const output of outputs) node.string(NODE.output, output);
      for (const bytes of rest) node.encoded(bytes);
    });
  }
  writeNamed(graph, GRAPH.initializer, TENSOR.name, parts.initializers);
  writeNamed(graph, GRAPH.valueInfo, VALUE_INFO.name, parts.valueInfo);
  const encoded = graph.finish();
  const model = new ProtobufWriter(encoded.length + 4096);
  for (const bytes of parts.modelRest) model.encoded(bytes);
  return model.bytes(MODEL.graph, encoded).finish();
}

/** Without its own name: nobody reads it but people who look for what went wrong in a graph just emitted. */
function readNode({ bytes }: Field): NodePart {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const rest: Uint8Array[] = [];
  let type = '';
  for (const field of readFields(bytes)) {
    if (field.number === NODE.input) inputs.push(text(field));
    else if (field.number === NODE.output) outputs.push(text(field));
    else if (field.number !== NODE.name && field.number !== NODE.description) rest.push(field.whole);
    if (field.number === NODE.type) type = text(field);
  }
  return { type, inputs, outputs, rest };
}

function readNamed(bytes: Uint8Array, nameField: number): NamedPart {
  const fields = readFields(bytes);
  const name = fields.find(({ number }) => number === nameField);
  if (!name) throw new Error('a part of a graph without a name');
  return {
    name: text(name),
    rank: fields.filter(({ number }) => number === TENSOR.side).length,
    rest: fields.filter((field) => field !== name).map(({ whole }) => whole),
  };
}

function writeNamed(
  graph: ProtobufWriter,
  field: number,
  nameField: number,
  parts: readonly NamedPart[],
): void {
  for (const { name, rest } of parts) {
    graph.message(field, (part) => {
      part.string(nameField, name);
      for (const bytes of rest) part.encoded(bytes);
    });
  }
}

function text({ bytes }: Field): string {
  return bytes.toString();
}
