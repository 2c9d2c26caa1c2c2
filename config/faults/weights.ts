/** Weight files that are not what they should be. */
import { type Entry, failure, input } from './entry.ts';
import { bytesInWords, partOf, plain, quote } from './in-words.ts';

export const WEIGHTS = {
  'weights.unreadable': input(
    (d: { file: string; cause: string }) => `The model file ${d.file} cannot be read (${d.cause}).`,
  ),
  'weights.not_a_file': input(
    (d: { file: string; allowed: string }) => `${d.file} is no model; allowed: ${d.allowed}.`,
  ),
  'weights.header_size': input(
    (d: { file: string; length: string; limit: number }) =>
      `The header of ${d.file} claims ${d.length} bytes; allowed: 2 to ${d.limit}, within the file.`,
  ),
  'weights.header_json': input(
    (d: { file: string; reason: string }) => `The header of ${d.file} is not valid: ${plain(d.reason)}.`,
  ),
  'weights.too_many': input(
    (d: { file: string; count: number; limit: number }) =>
      `${d.file} has ${d.count} tensors; allowed: up to ${d.limit}.`,
  ),
  'weights.entry': input(
    (d: { file: string; tensor: string; field: string; value: string; allowed: string }) =>
      `Tensor ${quote(d.tensor)} in ${d.file} has the ${d.field} ${plain(d.value)}; allowed: ${d.allowed}.`,
  ),
  'weights.length': input(
    (d: { file: string; tensor: string; shape: string; dtype: string; length: number }) =>
      `Tensor ${quote(d.tensor)} in ${d.file} has ${d.length} bytes, which is not what ${d.dtype} of shape ${d.shape} takes.`,
  ),
  'weights.overlap': input(
    (d: { file: string; tensor: string; other: string }) =>
      `Tensors ${quote(d.tensor)} and ${quote(d.other)} in ${d.file} claim the same bytes.`,
  ),
  'weights.hole': input(
    (d: { file: string; tensor: string; from: number; to: number }) =>
      `Bytes ${d.from} to ${d.to} of ${d.file}, next to tensor ${quote(d.tensor)}, belong to no tensor.`,
  ),
  'weights.truncated': input(
    (d: { file: string; size: number; needed: number }) =>
      `${d.file} is only the first ${partOf(d.size, d.needed)}: the download is unfinished; fetch it again.`,
  ),
  'weights.other_kind': input(
    /** `option`: what named it; `what`: `a FLUX model`; `advice`: what to do instead, or nothing. */
    (d: { option: string; file: string; what: string; advice: string }) =>
      `${d.option} is ${d.file}, which is ${plain(d.what)}${d.advice === '' ? '' : `; ${d.advice}`}.`,
  ),
  'weights.not_a_model': input(
    (d: { file: string; what: string; advice: string }) =>
      `${d.file} is ${plain(d.what)}${d.advice === '' ? '' : `; ${d.advice}`}.`,
  ),
  'weights.gguf': input(
    (d: { file: string; reason: string }) => `The GGUF file ${d.file} is not valid: ${plain(d.reason)}.`,
  ),
  'weights.not_numbers': input(
    (d: { file: string; tensor: string; place: number }) =>
      `${d.file} is damaged: value ${d.place} of tensor ${quote(d.tensor)} is infinite or no number; take another copy of it.`,
  ),
  'weights.disk_full': failure(
    (d: { file: string; folder: string; needed: number; free: number }) =>
      `${d.file} must be unpacked before use, which takes ${bytesInWords(d.needed)} in ${d.folder}; only ${bytesInWords(d.free)} are free there.`,
  ),
  'weights.index': input(
    (d: { file: string; reason: string }) => `The shard index ${d.file} is not valid: ${plain(d.reason)}.`,
  ),
  'weights.shards': input(
    (d: { file: string; reason: string }) => `${d.file} is not whole: ${plain(d.reason)}.`,
  ),
  'weights.missing_tensor': input(
    (d: { file: string; tensor: string; network: string }) =>
      `${d.file} lacks tensor ${quote(d.tensor)}, which its ${d.network} needs.`,
  ),
  'weights.wrong_shape': input(
    (d: { file: string; tensor: string; shape: string; expected: string }) =>
      `Tensor ${quote(d.tensor)} in ${d.file} has the shape ${d.shape}; needed: ${d.expected}.`,
  ),
  'weights.wrong_dtype': input(
    (d: { file: string; tensor: string; dtype: string; allowed: string }) =>
      `Tensor ${quote(d.tensor)} in ${d.file} has the type ${d.dtype}; allowed: ${d.allowed}.`,
  ),
  'weights.unlike_parts': input(
    (d: { file: string; tensor: string; parts: string }) =>
      `Tensors ${plain(d.parts)} in ${d.file} differ in type, scale or width; together they make ${quote(d.tensor)}.`,
  ),
  'weights.scale': input(
    (d: { file: string; tensor: string; value: string }) =>
      `The scale ${quote(d.tensor)} in ${d.file} is ${d.value}; allowed: one finite number above 0.`,
  ),
  'weights.wrong_file': input(
    (d: { file: string; option: string; holds: string; wanted: string }) =>
      `${d.option} is ${d.file}, which holds ${d.holds}; wanted: ${d.wanted}.`,
  ),
  'weights.missing_part': input(
    (d: { file: string; part: string; option: string }) =>
      `${d.file} holds no ${d.part}; name the file that does with ${d.option}.`,
  ),
  'weights.geometry_file': input(
    (d: { file: string; reason: string }) => `The geometry file ${d.file} is not valid: ${plain(d.reason)}.`,
  ),
  'weights.geometry_contradicted': input(
    (d: { geometry: string; key: string; value: string; file: string; found: string }) =>
      `${d.geometry} says ${d.key} is ${plain(d.value)}, but ${d.file} has ${d.found}.`,
  ),
  'weights.heads': input(
    (d: { file: string; network: string; width: number; rule: string }) =>
      `The ${d.network} in ${d.file} is ${d.width} wide, which does not divide into ${d.rule}; say the heads in a geometry file.`,
  ),
  'weights.groups': input(
    (d: { file: string; width: number; groups: number }) =>
      `The VAE in ${d.file} has ${d.width} channels, which do not divide into ${d.groups} groups; say group_norm_groups in a geometry file.`,
  ),
  'weights.swapped': input(
    (d: { l: string; g: string }) =>
      `${d.l} is the larger CLIP text encoder and ${d.g} the smaller: --clip-l and --clip-g are exchanged.`,
  ),
  'weights.unfit': input(
    (d: { part: string; file: string; width: number; checkpoint: string; expected: string }) =>
      `The ${d.part} in ${d.file} has the width ${d.width}, but ${d.checkpoint} takes ${d.expected}.`,
  ),
} satisfies Record<string, Entry>;
