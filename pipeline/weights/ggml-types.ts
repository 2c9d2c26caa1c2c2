/** The element types of GGUF files that Darkroom knows: their numbers, how many values a block holds, and its bytes. */

export type GgmlName =
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'F64'
  | 'Q4_0'
  | 'Q4_1'
  | 'Q5_0'
  | 'Q5_1'
  | 'Q8_0'
  | 'Q2_K'
  | 'Q3_K'
  | 'Q4_K'
  | 'Q5_K'
  | 'Q6_K'
  | 'IQ4_NL'
  | 'IQ4_XS';

export interface GgmlType {
  readonly name: GgmlName;
  /** Values in a block, 1 for plain types. */
  readonly values: number;
  /** Bytes of a block. */
  readonly bytes: number;
}

const type = (name: GgmlName, values: number, bytes: number): GgmlType => ({ name, values, bytes });

/** By the number that a file stores (`enum ggml_type` in ggml.h). */
export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map([
  [0, type('F32', 1, 4)],
  [1, type('F16', 1, 2)],
  [2, type('Q4_0', 32, 18)],
  [3, type('Q4_1', 32, 20)],
  [6, type('Q5_0', 32, 22)],
  [7, type('Q5_1', 32, 24)],
  [8, type('Q8_0', 32, 34)],
  [10, type('Q2_K', 256, 84)],
  [11, type('Q3_K', 256, 110)],
  [12, type('Q4_K', 256, 144)],
  [13, type('Q5_K', 256, 176)],
  [14, type('Q6_K', 256, 210)],
  [20, type('IQ4_NL', 32, 18)],
  [23, type('IQ4_XS', 256, 136)],
  [28, type('F64', 1, 8)],
  [30, type('BF16', 1, 2)],
]);

/** Types that exist but that nobody uses for pictures, by number: for the sentence that refuses them. */
export const OTHER_GGML_TYPES: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  21: 'IQ3_S',
  22: 'IQ2_S',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

const BY_NAME = new Map([...GGML_TYPES.values()].map((one) => [one.name, one]));

export function ggmlType(name: GgmlName): GgmlType {
  return BY_NAME.get(name)!;
}
