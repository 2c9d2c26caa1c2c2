/** What a LoRA file (or one of its relatives) does to a weight: plain data that a graph is emitted from. */
import type { StoredTensor } from '../stored-tensor.ts';

/** Rows `from` (inclusive) to `to` (exclusive) of dimension 0. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/**
 * The change of a weight W, seen as a matrix of outputs by inputs (a convolution's inputs are its channels times its
 * kernel). Each but `replacement` is added with a strength.
 */
export type Change =
  /** scale * up down */
  | { readonly kind: 'low_rank'; readonly up: StoredTensor; readonly down: StoredTensor }
  /** LoHa: scale * (a b) * (c d), the latter product element by element. */
  | {
      readonly kind: 'hadamard';
      readonly first: Product;
      readonly second: Product;
    }
  /** LoKr: scale * kron(first, second). */
  | { readonly kind: 'kronecker'; readonly first: Factor; readonly second: Factor }
  /** GLoRA: scale * (added + W (before after)). */
  | {
      readonly kind: 'generalized';
      readonly added: Product;
      readonly turned: Product;
    }
  /** OFT: (R^T - 1) W block by block of rows, R from skew matrices; the strength counts twice, as in ComfyUI. */
  | { readonly kind: 'rotation'; readonly blocks: StoredTensor; readonly limit: number }
  | { readonly kind: 'difference'; readonly difference: StoredTensor }
  /** The weight itself, whatever the strength. */
  | { readonly kind: 'replacement'; readonly weight: StoredTensor };

/** The matrix product of two. */
export type Product = readonly [StoredTensor, StoredTensor];
/** A matrix as it is or as a product. */
export type Factor = readonly [StoredTensor] | Product;

export interface Patch {
  /** The place of the file among those in use: which of the strengths the change follows. */
  readonly lora: number;
  readonly change: Change;
  /** alpha / rank, or 1. */
  readonly scale: number;
  /** Only these rows of the weight; all of them when absent. */
  readonly rows?: Rows;
  /** The change is made for a weight whose halves (of the rows) are exchanged. */
  readonly swapsHalves?: boolean;
  /** DoRA: length of every row [rows, 1] or column [1, columns] of the changed weight. */
  readonly magnitude?: StoredTensor;
}

/** Everything that is done to one network's weights. */
export interface NetworkPatches {
  /** How many strengths there are: one for each file. */
  readonly strengths: number;
  /** Weights are held in float16 where ComfyUI holds them so (text encoders): what they become is rounded. */
  readonly roundsToHalf: boolean;
  /** Official name of a tensor, and its patches in the order in which they are applied. */
  readonly byTensor: readonly (readonly [tensor: string, patches: readonly Patch[]])[];
}

/** The tensors of the files that the patches are made from. */
export function patchTensors(patches: NetworkPatches | undefined): StoredTensor[] {
  return (patches?.byTensor ?? []).flatMap(([, each]) => each.flatMap(tensorsOfPatch));
}

function tensorsOfPatch({ change, magnitude }: Patch): StoredTensor[] {
  const own = magnitude ? [magnitude] : [];
  switch (change.kind) {
    case 'low_rank':
      return [...own, change.up, change.down];
    case 'hadamard':
    case 'kronecker':
      return [...own, ...change.first, ...change.second];
    case 'generalized':
      return [...own, ...change.added, ...change.turned];
    case 'rotation':
      return [...own, change.blocks];
    case 'difference':
      return [...own, change.difference];
    case 'replacement':
      return [...own, change.weight];
  }
}
