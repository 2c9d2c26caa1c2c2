/** Weight files that are not what they should be. */
import { failure, input } from './entry.ts';
import { bytesInWords, partOf, plain } from './in-words.ts';

/** What to do instead stands behind what it is, where there is something to do. */
const advised = ({ what, advice }: { what: string; advice: string }) => ({
  what: advice === '' ? plain(what) : `${plain(what)}; ${plain(advice)}`,
});

export const WEIGHTS = {
  'weights.unreadable': input<{ file: string; cause: string }>(),
  'weights.not_a_file': input<{ file: string; allowed: string }>(),
  'weights.header_size': input<{ file: string; length: string; limit: number }>(),
  'weights.header_json': input<{ file: string; reason: string }>(),
  'weights.too_many': input<{ file: string; count: number; limit: number }>(),
  'weights.entry': input<{ file: string; tensor: string; field: string; value: string; allowed: string }>(),
  'weights.length': input<{ file: string; tensor: string; shape: string; dtype: string; length: number }>(),
  'weights.overlap': input<{ file: string; tensor: string; other: string }>(),
  'weights.hole': input<{ file: string; tensor: string; from: number; to: number }>(),
  /** Both in bytes. */
  'weights.truncated': input<{ file: string; size: number; needed: number }>(({ size, needed }, language) =>
    partOf(size, needed, language),
  ),
  /** `option`: what named it; `what`: `a FLUX model`; `advice`: what to do instead, or nothing. */
  'weights.other_kind': input<{ option: string; file: string; what: string; advice: string }>(advised),
  'weights.not_a_model': input<{ file: string; what: string; advice: string }>(advised),
  'weights.gguf': input<{ file: string; reason: string }>(),
  /** `place`: which value of the tensor, from 0. */
  'weights.not_numbers': input<{ file: string; tensor: string; index: number }>(),
  /** Both in bytes. */
  'weights.disk_full': failure<{ file: string; folder: string; needed: number; free: number }>(
    ({ needed, free }, language) => ({
      needed: bytesInWords(needed, language),
      free: bytesInWords(free, language),
    }),
  ),
  'weights.index': input<{ file: string; reason: string }>(),
  'weights.shards': input<{ file: string; reason: string }>(),
  'weights.missing_tensor': input<{ file: string; tensor: string; network: string }>(),
  'weights.wrong_shape': input<{ file: string; tensor: string; shape: string; expected: string }>(),
  'weights.wrong_dtype': input<{ file: string; tensor: string; dtype: string; allowed: string }>(),
  /** `parts`: the tensors, `tensor`: what they make together. */
  'weights.unlike_parts': input<{ file: string; tensor: string; parts: string }>(),
  'weights.scale': input<{ file: string; tensor: string; value: string }>(),
  'weights.wrong_file': input<{ file: string; option: string; holds: string; wanted: string }>(),
  'weights.missing_part': input<{ file: string; part: string; option: string }>(),
  'weights.geometry_file': input<{ file: string; reason: string }>(),
  'weights.geometry_contradicted': input<{
    geometry: string;
    key: string;
    value: string;
    file: string;
    found: string;
  }>(),
  'weights.heads': input<{ file: string; network: string; width: number; rule: string }>(),
  'weights.groups': input<{ file: string; width: number; groups: number }>(),
  /** The files that were given as `--clip-l` and `--clip-g`. */
  'weights.swapped': input<{ l: string; g: string }>(),
  'weights.unfit': input<{
    part: string;
    file: string;
    width: number;
    checkpoint: string;
    expected: string;
  }>(),
};
