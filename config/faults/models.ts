/** Models that are missing or must be fetched, pictures to start from, tokenizers, LoRA and control files. */
import { type Entry, failure, input } from './entry.ts';
import { bytesInWords, plain, quote } from './in-words.ts';

export const MODELS = {
  'models.unknown': input(
    (d: { option: string; name: string; installed: readonly string[] }) =>
      `${d.option} is ${quote(d.name)}; installed: ${d.installed.join(', ') || 'none'}.`,
  ),
  'models.not_installed': input(
    (d: { option: string; name: string }) =>
      `${d.option} is ${quote(d.name)}, which is not installed here; whoever runs Darkroom sees with npm run models what it lacks.`,
  ),
  'models.missing_files': input(
    /** The same for whoever runs the program, with its folders. */
    (d: {
      option: string;
      name: string;
      files: readonly string[];
      folders: readonly string[];
      advice: string;
    }) =>
      `${d.option} is ${quote(d.name)}, which is not installed: ${d.files.join(' and ')} was not found in ${d.folders.map(plain).join(', ')} or below; ${d.advice}.`,
  ),
  'models.licence': input(
    (d: { name: string }) =>
      `The model ${quote(d.name)} is under Stability AI's Community License; set STABILITY_LICENSE_ACCEPTED=yes once you have read and accepted it (https://stability.ai/license).`,
  ),
  'models.table': input(
    (d: { file: string; field: string; problem: string }) =>
      `${quote(d.file)}, field ${quote(d.field)}: ${d.problem}.`,
  ),
  'pull.no_room': failure(
    (d: { folder: string; needed: number; free: number }) =>
      `${quote(d.folder)} has ${bytesInWords(d.free)} free, but ${bytesInWords(d.needed)} are still to be fetched.`,
  ),
  'pull.gated': failure(
    (d: { page: string; tokens: string }) =>
      `Whoever wants these files must be signed in and accept their licence first, at ${d.page}. Then make a token with the right to read at ${d.tokens} and set HF_TOKEN to it.`,
  ),
  'pull.token': failure(
    (d: { page: string; tokens: string }) =>
      `HF_TOKEN is not a token that opens ${d.page}: it may have ended, or belong to an account that has not accepted the licence there. Make a new one at ${d.tokens}.`,
  ),
  'pull.not_there': failure(
    (d: { repository: string; path: string; endpoint: string }) =>
      `${d.endpoint} has no file ${quote(d.path)} in ${quote(d.repository)}.`,
  ),
  'pull.unreachable': failure(
    (d: { endpoint: string; problem: string }) =>
      `${d.endpoint} could not be fetched from: ${plain(d.problem)}; what came is kept, and the same command goes on from there.`,
  ),
  'pull.checksum': failure(
    (d: { path: string; endpoint: string }) =>
      `${quote(d.path)} came from ${d.endpoint} with the wrong checksum, twice; it was thrown away.`,
  ),
  'pull.too_long': failure(
    (d: { path: string; size: number }) =>
      `${quote(d.path)} is longer than the ${d.size} bytes that it was said to have; it was not taken.`,
  ),
  'pull.other_thing': failure(
    (d: { path: string; what: string }) =>
      `What came as ${quote(d.path)} is ${plain(d.what)}; it was not taken.`,
  ),
  'image.type': input(
    (d: { image: string }) =>
      `${d.image} is not a picture that can be used; allowed: PNG, JPEG or WebP (judged by content, not by name).`,
  ),
  'image.bytes': input(
    (d: { image: string; bytes: number; limit: number }) =>
      `${d.image} is ${d.bytes} bytes long; allowed: at most ${d.limit} bytes.`,
  ),
  'image.pixels': input(
    (d: { image: string; width: number; height: number; limit: number }) =>
      `${d.image} is ${d.width}x${d.height} pixels; allowed: at most ${d.limit} pixels in all.`,
  ),
  'image.frames': input(
    (d: { image: string; frames: number }) =>
      `${d.image} is an animation of ${d.frames} frames; allowed: one.`,
  ),
  'image.broken': input((d: { image: string }) => `${d.image} is damaged and cannot be decoded.`),
  'tokenizers.unreadable': input(
    (d: { file: string; cause: string }) =>
      `The tokenizer file ${quote(d.file)} cannot be read: ${plain(d.cause)}.`,
  ),
  'tokenizers.invalid': input(
    (d: { file: string; reason: string }) =>
      `The tokenizer file ${quote(d.file)} is not valid: ${plain(d.reason)}.`,
  ),
  'tokenizers.unfit': input(
    (d: { file: string; ids: number; encoder: string; rows: number }) =>
      `${quote(d.file)} has ${d.ids} ids, but the text encoder ${d.encoder} was made for ${d.rows}: these files do not belong together.`,
  ),
  'lora.missing': input(
    (d: { name: string; folders: readonly string[] }) =>
      `The LoRA file ${quote(d.name)} was not found in ${d.folders.map(plain).join(', ')}.`,
  ),
  'control.no_vae': input(
    (_: Record<never, never>) =>
      'The ControlNet has no VAE to see its picture with; link one to the node that applies it.',
  ),
} satisfies Record<string, Entry>;
