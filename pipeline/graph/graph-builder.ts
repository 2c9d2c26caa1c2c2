/** Collects nodes, constants and weights of one graph; values are named strings handed from node to node. */
import {
  type Attribute,
  type ExternalData,
  encodeExternalTensor,
  encodeModel,
  encodeNode,
  encodeTensor,
  encodeValueInfo,
  type OnnxType,
  type Side,
} from './onnx.ts';

/** The name of a value inside the graph. */
export type Value = string & { readonly value: unique symbol };

type Attributes = Readonly<Record<string, Attribute>>;

export class GraphBuilder {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers = new Map<string, Uint8Array>();
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  private readonly taps: ReadonlySet<string> | 'all';

  /** @param taps names given to `tap` that shall become outputs (tests compare inner values). */
  constructor(taps: readonly string[] | 'all' = []) {
    this.taps = taps === 'all' ? 'all' : new Set(taps);
  }

  input(name: string, type: OnnxType, dims: readonly Side[]): Value {
    this.inputs.push(encodeValueInfo(name, type, dims));
    return name as Value;
  }

  output(name: string, value: Value, dims: readonly Side[]): void {
    this.emit('Identity', [value], [name], {}, '');
    this.outputs.push(encodeValueInfo(name, 'float', dims));
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
    const name = `${type}_${this.nodes.length}`;
    const outputs = Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}.${i}`) as Value);
    this.emit(type, inputs, outputs, attributes, domain);
    return outputs;
  }

  /** A node of onnxruntime's own operator set. */
  microsoft(type: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.node(type, inputs, attributes, 'com.microsoft');
  }

  /** An int64 constant; a vector unless `dims` says otherwise. Equal constants are stored once. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    const name = `int64[${dims}](${values})`;
    return this.constant(name, () => encodeTensor(name, 'int64', dims, BigInt64Array.from(values, BigInt)));
  }

  /** A float32 constant; a scalar unless `dims` says otherwise. */
  floats(values: readonly number[], dims: readonly number[] = []): Value {
    const name = `float[${dims}](${values})`;
    return this.constant(name, () => encodeTensor(name, 'float', dims, Float32Array.from(values)));
  }

  /** A weight that stays where it is: bytes of a file in (or under) the model's folder. */
  external(name: string, type: OnnxType, dims: readonly number[], data: ExternalData): Value {
    return this.constant(name, () => encodeExternalTensor(name, type, dims, data));
  }

  finish(): Uint8Array {
    return encodeModel({
      nodes: this.nodes,
      initializers: [...this.initializers.values()],
      inputs: this.inputs,
      outputs: this.outputs,
    });
  }

  private constant(name: string, encode: () => Uint8Array): Value {
    if (!this.initializers.has(name)) this.initializers.set(name, encode());
    return name as Value;
  }

  private emit(
    type: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly string[],
    attributes: Attributes,
    domain: string,
  ): void {
    const names = inputs.map((input) => input ?? '');
    this.nodes.push(encodeNode(type, names, outputs, attributes, domain, `node_${this.nodes.length}`));
  }
}
