/**
 * What a weight is to the rest of the pipeline: a name, a type, a shape, and where its bytes lie. The bytes
 * themselves stay in the user's file; the graph maps them from there.
 */

import type { GgmlName } from './ggml-types.ts';

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
  | 'BOOL'
  | 'C64'
  | 'F8_E8M0'
  | 'F8_E4M3FNUZ'
  | 'F8_E5M2FNUZ'
  | 'F4';

/**
 * How values are made of bytes that no graph reads as they are. Such a tensor is unpacked into a file of our own before
 * its network is opened (`unpack.ts`); its `dtype` is what it has then, its `slabs` are empty.
 */
export type Packed =
  /** GGUF's quantised blocks, row after row. */
  | { readonly how: 'blocks'; readonly type: GgmlName; readonly slab: Slab }
  /** Values times a grid of scales: one scale covers `rows` x `columns` values. */
  | {
      readonly how: 'scaled';
      readonly of: StoredTensor;
      readonly scales: StoredTensor;
      readonly rows: number;
      readonly columns: number;
      /** Values were turned by a Hadamard matrix, so many at a time (ComfyUI's `convrot`). */
      readonly turned?: number;
    }
  /** bitsandbytes: two codes of 4 bits in a byte, each a place in a table of 16, times the block's largest value. */
  | {
      readonly how: 'codes';
      readonly codes: StoredTensor;
      readonly table: StoredTensor;
      readonly absmax: StoredTensor;
      readonly block: number;
      /** The largest values are themselves codes of 8 bits. */
      readonly nested?: {
        readonly table: StoredTensor;
        readonly absmax: StoredTensor;
        readonly block: number;
        readonly offset: number;
      };
    }
  /** The other way round: rows are columns. */
  | { readonly how: 'transposed'; readonly of: StoredTensor }
  /** One after another along dimension 0, of different types or scales. */
  | { readonly how: 'stacked'; readonly parts: readonly StoredTensor[] }
  /** Rows `from` (inclusive) to `to` (exclusive) of a tensor that is itself packed. */
  | { readonly how: 'rows'; readonly of: StoredTensor; readonly from: number; readonly to: number };

/** A run of bytes in one file: row-major values of one type and shape. */
export interface Slab {
  /** Absolute real path (no symbolic links left in it). */
  readonly file: string;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
  readonly shape: readonly number[];
}

/**
 * A tensor as the official single-file checkpoints name and shape it. Usually one slab; where a diffusers
 * folder stores the parts (q, k, v) apart or in another order, several slabs stacked along dimension 0.
 */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly slabs: readonly Slab[];
  /** The value every element is to be multiplied by ("scaled" float8 files); 1 when absent. */
  readonly scale?: number;
  /** Absent where graphs can point into the user's own file. */
  readonly packed?: Packed;
}

/** Tensors of one network by official name, without any prefix (`joint_blocks.0...`, `decoder.conv_in...`). */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;
