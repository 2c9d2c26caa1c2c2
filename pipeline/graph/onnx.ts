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
export function writeTensor(
  writer: ProtobufWriter,
  name: string,
  type: OnnxType,
  dims: readonly number[],
  values: ArrayBufferView,
): void {
  for (const side of dims) writer.integer(1, side);
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  writer.integer(2, ONNX_TYPE[type]).string(8, name).bytes(9, raw);
}

/** TensorProto whose values lie in another file (data_location EXTERNAL). */
export function writeExternalTensor(
  writer: ProtobufWriter,
  name: string,
  type: OnnxType,
  dims: readonly number[],
  data: ExternalData,
): void {
  for (const side of dims) writer.integer(1, side);
  writer.integer(2, ONNX_TYPE[type]).string(8, name);
  const { location, offset, length } = data;
  for (const [key, value] of Object.entries({ location, offset, length })) {
    writer.message(13, (entry) => entry.string(1, key).string(2, String(value)));
  }
  writer.integer(14, 1);
}

/** NodeProto, named after its first output. An empty input name is an optional input left out. */
export function writeNode(
  writer: ProtobufWriter,
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
  domain: string,
): void {
  for (const input of inputs) writer.string(1, input);
  for (const output of outputs) writer.string(2, output);
  writer.string(3, outputs[0]!).string(4, type);
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(5, (attribute) => writeAttribute(attribute.string(1, key), value));
  }
  if (domain !== '') writer.string(7, domain);
}

/** AttributeProto's value and type (FLOAT 1, INT 2, STRING 3, INTS 7). */
function writeAttribute(writer: ProtobufWriter, value: Attribute): void {
  if (typeof value === 'number') writer.integer(3, value).integer(20, 2);
  else if (typeof value === 'string') writer.string(4, value).integer(20, 3);
  else if ('float' in value) writer.float(2, value.float).integer(20, 1);
  else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, 7);
  }
}

/** ValueInfoProto: name, element type and shape of a value. */
export function writeValueInfo(
  writer: ProtobufWriter,
  name: string,
  type: OnnxType,
  dims: readonly Side[],
): void {
  writer.string(1, name).message(2, (typeProto) =>
    typeProto.message(1, (tensor) =>
      tensor.integer(1, ONNX_TYPE[type]).message(2, (shape) => {
        for (const side of dims) {
          shape.message(1, (dim) => (typeof side === 'number' ? dim.integer(1, side) : dim.string(2, side)));
        }
      }),
    ),
  );
}

/** Fields of each message; protobuf lets them come in any order. */
export const MODEL = { graph: 7 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
export const NODE = { input: 1, output: 2, name: 3, type: 4, description: 6 } as const;
export const TENSOR = { side: 1, name: 8 } as const;
export const VALUE_INFO = { name: 1 } as const;

/** ModelProto: IR 10, opset 21 (every operator we use exists there), and onnxruntime's own operator set. */
export function encodeModel(graph: Uint8Array): Uint8Array {
  return new ProtobufWriter(graph.length + 256)
    .integer(1, 10)
    .string(2, 'darkroom')
    .bytes(MODEL.graph, graph)
    .message(8, (opset) => opset.string(1, '').integer(2, 21))
    .message(8, (opset) => opset.string(1, 'com.microsoft').integer(2, 1))
    .finish();
}
