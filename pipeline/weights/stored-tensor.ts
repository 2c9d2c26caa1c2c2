/**
 * What a weight is to the rest of the pipeline: a name, a type, a shape, and where its bytes lie. The bytes
 * themselves stay in the user's file; the graph maps them from there.
 */

export type DType =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'F8_E4M3'
  | 'F8_E5M2'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL';

/** A run of bytes in one file: row-major values of one type and shape. */
export interface ByteRange {
  /** Absolute real path (no symbolic links left in it). */
  readonly file: string;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
  readonly shape: readonly number[];
}

/**
 * A tensor as the official single-file checkpoints name and shape it. Usually one byte range; where a diffusers
 * folder stores the parts (q, k, v) apart or in another order, several byte ranges stacked along dimension 0.
 */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly ranges: readonly ByteRange[];
  /** The value every element is to be multiplied by ("scaled" float8 files); 1 when absent. */
  readonly scale?: number;
}

/** Tensors of one network by official name, without any prefix (`joint_blocks.0...`, `decoder.conv_in...`). */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;
