/**
 * ONNX messages as bytes (field numbers of onnx.proto3, frozen by its compatibility promise). A hand-written
 * encoder of this size replaces a 16 MB dependency; onnxruntime is the judge of what it writes.
 */
import { ProtobufWriter } from './protobuf.ts';

/** TensorProto.DataType. */
export const ONNX_TYPE = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e5m2: 19,
} as const;
export type OnnxType = keyof typeof ONNX_TYPE;

/** An attribute: an integer, a string, integers, or a float (wrapped, because 1 and 1.0 are one number here). */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** A side of a shape: a number, or a name for one known at run time. */
export type Side = number | string;

/** Where the bytes of an external tensor lie, the file named relative to the model's folder. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** TensorProto with its values inside. */
export function encodeTensor(
  name: string,
  type: OnnxType,
  dims: readonly number[],
  values: ArrayBufferView,
): Uint8Array {
  const writer = new ProtobufWriter(values.byteLength + 64);
  for (const side of dims) writer.integer(1, side);
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return writer.integer(2, ONNX_TYPE[type]).string(8, name).bytes(9, raw).finish();
}

/** TensorProto whose values lie in another file (data_location EXTERNAL). */
export function encodeExternalTensor(
  name: string,
  type: OnnxType,
  dims: readonly number[],
  data: ExternalData,
): Uint8Array {
  const writer = new ProtobufWriter();
  for (const side of dims) writer.integer(1, side);
  writer.integer(2, ONNX_TYPE[type]).string(8, name);
  for (const [key, value] of Object.entries(data)) {
    writer.message(13, (entry) => entry.string(1, key).string(2, String(value)));
  }
  return writer.integer(14, 1).finish();
}

/** NodeProto. An empty input name is an optional input left out. */
export function encodeNode(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
  domain: string,
  name: string,
): Uint8Array {
  const writer = new ProtobufWriter();
  for (const input of inputs) writer.string(1, input);
  for (const output of outputs) writer.string(2, output);
  writer.string(3, name).string(4, type);
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(5, (attribute) => encodeAttribute(attribute.string(1, key), value));
  }
  if (domain !== '') writer.string(7, domain);
  return writer.finish();
}

/** AttributeProto's value and type (FLOAT 1, INT 2, STRING 3, INTS 7). */
function encodeAttribute(writer: ProtobufWriter, value: Attribute): void {
  if (typeof value === 'number') writer.integer(3, value).integer(20, 2);
  else if (typeof value === 'string') writer.string(4, value).integer(20, 3);
  else if ('float' in value) writer.float(2, value.float).integer(20, 1);
  else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, 7);
  }
}

/** ValueInfoProto: name, element type and shape of a graph input or output. */
export function encodeValueInfo(name: string, type: OnnxType, dims: readonly Side[]): Uint8Array {
  return new ProtobufWriter()
    .string(1, name)
    .message(2, (typeProto) =>
      typeProto.message(1, (tensor) =>
        tensor.integer(1, ONNX_TYPE[type]).message(2, (shape) => {
          for (const side of dims) {
            shape.message(1, (dim) =>
              typeof side === 'number' ? dim.integer(1, side) : dim.string(2, side),
            );
          }
        }),
      ),
    )
    .finish();
}

export interface GraphParts {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** ModelProto: IR 10, opset 21 (every operator we use exists there), and onnxruntime's own operator set. */
export function encodeModel(parts: GraphParts): Uint8Array {
  const size = [...parts.nodes, ...parts.initializers].reduce((sum, part) => sum + part.length + 8, 1024);
  const graph = new ProtobufWriter(size);
  for (const node of parts.nodes) graph.bytes(1, node);
  graph.string(2, 'darkroom');
  for (const initializer of parts.initializers) graph.bytes(5, initializer);
  for (const input of parts.inputs) graph.bytes(11, input);
  for (const output of parts.outputs) graph.bytes(12, output);
  return new ProtobufWriter(size + 256)
    .integer(1, 10)
    .string(2, 'darkroom')
    .bytes(7, graph.finish())
    .message(8, (opset) => opset.string(1, '').integer(2, 21))
    .message(8, (opset) => opset.string(1, 'com.microsoft').integer(2, 1))
    .finish();
}
