/** Collects nodes, constants and weights of one graph; values are named strings handed from node to node. */
import { type Compute, ON_PROCESSOR } from './compute.ts';
import {
  type Attribute,
  type ExternalData,
  encodeModel,
  GRAPH,
  ONNX_TYPE,
  type OnnxType,
  type Side,
  writeExternalTensor,
  writeNode,
  writeTensor,
  writeValueInfo,
} from './onnx.ts';
import { ProtobufWriter } from './protobuf.ts';

/** The name of a value inside the graph. */
export type Value = string & { readonly value: unique symbol };

type Attributes = Readonly<Record<string, Attribute>>;

export class GraphBuilder {
  readonly compute: Compute;
  private readonly graph = new ProtobufWriter(2 ** 18).string(GRAPH.name, 'darkroom');
  private readonly constants = new Set<string>();
  private nodes = 0;
  private readonly taps: ReadonlySet<string> | 'all';

  /** @param taps names given to `tap` that shall become outputs (tests compare inner values). */
  constructor(taps: readonly string[] | 'all' = [], compute: Compute = ON_PROCESSOR) {
    this.compute = compute;
    this.taps = taps === 'all' ? 'all' : new Set(taps);
  }

  input(name: string, type: OnnxType, dims: readonly Side[]): Value {
    this.graph.message(GRAPH.input, (info) => writeValueInfo(info, name, type, dims));
    return name as Value;
  }

  /** float32, whatever the value is within the graph. */
  output(name: string, value: Value, dims: readonly Side[]): void {
    if (this.isHalf) this.emit('Cast', [value], [name], { to: ONNX_TYPE.float }, '');
    else this.emit('Identity', [value], [name], {}, '');
    this.graph.message(GRAPH.output, (info) => writeValueInfo(info, name, 'float', dims));
  }

  /**
   * Tells the runtime the shape of a value that it cannot find out by itself; a name stands for a side
   * known only at run time, equal wherever the name is equal. Values of equal shape share buffers; without it
   * the runtime searches all buffers for each value in vain (2 s for a graph of 4000 nodes). Only what waits hides
   * shapes from it: elsewhere nothing is told.
   */
  shaped(value: Value, dims: readonly Side[], type: OnnxType = 'float'): Value {
    if (this.compute.weights !== 'waiting' || this.isHalf) return value;
    this.graph.message(GRAPH.valueInfo, (info) => writeValueInfo(info, value, type, dims));
    return value;
  }

  /** Makes an inner value an output if it was asked for; returns the value itself. */
  tap(name: string, value: Value, dims: readonly Side[]): Value {
    if (this.taps === 'all' || this.taps.has(name)) this.output(name, value, dims);
    return value;
  }

  /** As `tap`, for a value that only the tap needs: it is made only if asked for. */
  tapMade(name: string, make: () => Value, dims: readonly Side[]): void {
    if (this.taps === 'all' || this.taps.has(name)) this.output(name, make(), dims);
  }

  /** A node with one output. `undefined` leaves an optional input out. */
  node(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    domain = '',
  ): Value {
    return this.nodeWithOutputs(1, type, inputs, attributes, domain)[0]!;
  }

  nodeWithOutputs(
    count: number,
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    domain = '',
  ): Value[] {
    const name = `${type}_${this.nodes}`;
    const outputs = Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}.${i}`) as Value);
    this.emit(type, inputs, outputs, attributes, domain);
    return outputs;
  }

  /** A node of onnxruntime's own operator set. */
  microsoft(type: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.node(type, inputs, attributes, 'com.microsoft');
  }

  get isHalf(): boolean {
    return this.compute.arithmetic === 'float16';
  }

  /** An int64 constant; a vector unless `dims` says otherwise. Equal constants are stored once. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    const name = `int64[${dims}](${values})`;
    return this.constant(name, (writer) =>
      writeTensor(writer, name, 'int64', dims, BigInt64Array.from(values, BigInt)),
    );
  }

  /** A float32 constant; a scalar unless `dims` says otherwise. */
  floats(values: readonly number[], dims: readonly number[] = []): Value {
    const name = `float[${dims}](${values})`;
    return this.constant(name, (writer) =>
      writeTensor(writer, name, 'float', dims, Float32Array.from(values)),
    );
  }

  /** A weight that stays where it is: bytes of a file in (or under) the model's folder. */
  external(name: string, type: OnnxType, dims: readonly number[], data: ExternalData): Value {
    return this.constant(name, (writer) => writeExternalTensor(writer, name, type, dims, data));
  }

  finish(): Uint8Array {
    return encodeModel(this.graph.finish());
  }

  private constant(name: string, write: (writer: ProtobufWriter) => void): Value {
    if (!this.constants.has(name)) {
      this.constants.add(name);
      this.graph.message(GRAPH.initializer, write);
    }
    return name as Value;
  }

  private emit(
    type: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly string[],
    attributes: Attributes,
    domain: string,
  ): void {
    this.nodes++;
    const names = inputs.map((input) => input ?? '');
    this.graph.message(GRAPH.node, (node) => writeNode(node, type, names, outputs, attributes, domain));
  }
}
