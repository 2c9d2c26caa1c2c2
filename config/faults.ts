/**
 * Every way Darkroom refuses or fails, in one table: a stable code, who is at fault, and one sentence fit for
 * a chat. A sentence names the thing, its value and what is allowed. Nothing else in the code writes sentences
 * for people about errors.
 */

import { withoutCredentials } from './credentials.ts';
import type { Words } from './messages.ts';

/** `input`: the asker can mend it (exit code 2, HTTP 400). `failure`: we or the machine failed (exit code 1, HTTP 500). */
export type Blame = 'input' | 'failure';

interface Entry {
  blame: Blame;
  sentence: (data: never) => string;
}

const input = <D>(sentence: (data: D) => string) => ({ blame: 'input' as const, sentence });
const failure = <D>(sentence: (data: D) => string) => ({ blame: 'failure' as const, sentence });

/** A value as people see it in a sentence: quoted, on one line, control characters escaped, at most 200 characters. */
export function quote(value: string): string {
  // No more is looked at than could be shown: a value may be megabytes long.
  const characters = [...value.slice(0, 401)];
  const text = characters.length <= 200 ? value : `${characters.slice(0, 199).join('')}…`;
  const codePoint = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, codePoint)}"`;
}

/** Text from a file inside a sentence: as `quote`, without the quotation marks. */
const plain = (text: string) => quote(text).slice(1, -1);

/** Bytes as people say them: `812 bytes`, `4.2 GB`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const units = ['kB', 'MB', 'GB', 'TB'] as const;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1000 ** power;
  return `${number < 100 ? number.toFixed(1) : Math.round(number)} ${units[power - 1]}`;
}

/** `4.2 of 16.5 GB`, or both with their units where these differ. */
function partOf(part: number, whole: number): string {
  const [some, unit] = bytesInWords(part).split(' ');
  const all = bytesInWords(whole);
  return all.endsWith(` ${unit}`) && all !== `${some} ${unit}`
    ? `${some} of ${all}`
    : `${part} of ${whole} bytes`;
}

export const FAULTS = {
  'option.value': input(
    (d: { option: string; value: string; allowed: Words }) =>
      `${d.option} is ${quote(d.value)}; allowed: ${d.allowed}.`,
  ),
  'option.missing': input((d: { option: string }) => `${d.option} is missing; it is required.`),
  'option.no_value': input(
    (d: { option: string; allowed: Words }) => `${d.option} has no value; allowed: ${d.allowed}.`,
  ),
  'option.unknown': input(
    (d: { option: string; hint: Words }) => `${quote(d.option)} is not an option; ${d.hint}`,
  ),
  'option.repeated': input((d: { option: string }) => `${d.option} is given twice; give it once.`),
  'option.conflict': input(
    (d: { option: string; other: string }) => `${d.option} and ${d.other} exclude each other; give one.`,
  ),
  'option.needs': input((d: { option: string; needs: string }) => `${d.option} works only with ${d.needs}.`),
  'command.words': input(
    (d: { command: string; words: string }) =>
      `/${d.command} takes no words of its own, but ${quote(d.words)} was given.`,
  ),
  'command.unknown': input(
    /** `commands`: as they are typed. */
    (d: { command: string; commands: readonly string[] }) =>
      `${quote(d.command)} is not a command; allowed: ${d.commands.join(', ')}.`,
  ),
  'prompt.wildcards': input(
    (d: { allowed: Words }) => `The choices in braces, such as {a|b}, go too far; allowed: ${d.allowed}.`,
  ),
  'safety.words': input(
    (d: { option: string }) =>
      `The ${d.option} has words that are not allowed here; please put it differently.`,
  ),
  'safety.word_list': input(
    (d: { file: string; line: number; problem: string }) => `${quote(d.file)}, line ${d.line}: ${d.problem}.`,
  ),
  'picture.address': input(
    (d: { allowed: Words }) => `The picture's address cannot be used; allowed: ${d.allowed}.`,
  ),
  'picture.unreachable': input(
    (d: { problem: Words }) => `The picture could not be fetched: ${plain(String(d.problem))}.`,
  ),
  'prompt.several': input(
    (d: { count: number; first: string; second: string }) =>
      `The prompt must be one text in quotation marks, but ${d.count} were found, such as ${quote(d.first)} and ${quote(d.second)} (after "npm run imagine", flags need "--" before them).`,
  ),
  'settings.value': input(
    (d: { name: string; value: string; allowed: string }) =>
      `${d.name} is ${quote(withoutCredentials(d.value))}; allowed: ${d.allowed}.`,
  ),
  'settings.needs': input(
    (d: { name: string; needs: string }) => `${d.name} is set, but ${d.needs} is not; set both or neither.`,
  ),
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
      `${d.option} is ${quote(d.name)}, which is not installed: ${d.files.join(' and ')} was not found in ${d.folders.map(quote).join(' or ')} or below; ${d.advice}.`,
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
  'styles.table': input(
    (d: { file: string; line: number; problem: string }) => `${quote(d.file)}, line ${d.line}: ${d.problem}.`,
  ),
  'file.unreadable': input(
    (d: { option: string; file: string; problem: string }) =>
      `${d.option} names ${quote(d.file)}, which ${d.problem}.`,
  ),
  'file.unwritable': input(
    (d: { option: string; file: string; problem: string }) =>
      `${d.option} would write ${quote(d.file)}, but ${d.problem}.`,
  ),
  'file.write_failed': failure(
    (d: { file: string; problem: string }) => `${quote(d.file)} could not be written: ${d.problem}.`,
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
  'prompt.weight': input(
    (d: { weight: number }) =>
      `A weight of ${d.weight} in the prompt cannot be computed with; allowed: numbers that leave it finite, usually 0 to 2.`,
  ),
  'sampling.impossible': input(
    (d: { sampler: string; scheduler: string; steps: number; shift: number }) =>
      `With the sampler ${d.sampler}, the scheduler ${d.scheduler}, ${d.steps} ${d.steps === 1 ? 'step' : 'steps'} and a shift of ${d.shift} nothing can be computed; allowed: numbers whose noise levels fall to 0, such as a shift of 1 to 10 and a strength of 0.05 or more.`,
  ),
  'sampling.out_of_range': failure(
    (d: { sampler: string; shift: number }) =>
      `The sampler ${d.sampler} left the range of numbers with this scheduler, these steps and a shift of ${d.shift}; another of them gives a picture.`,
  ),
  'workflow.unreadable': input(
    (d: { file: string; problem: string }) =>
      `The workflow ${quote(d.file)} cannot be read: ${plain(d.problem)}.`,
  ),
  'workflow.limit': input(
    (d: { what: string; value: number; most: number }) =>
      `The workflow has ${d.value} ${d.what}; allowed: at most ${d.most}.`,
  ),
  'workflow.node': input(
    (d: { node: string; type: string }) =>
      `The workflow needs the node ${quote(d.type)} (number ${plain(d.node)}), which does not run here.`,
  ),
  'workflow.missing': input(
    (d: { node: string; type: string; input: string }) =>
      `Node ${plain(d.node)} of the workflow (${plain(d.type)}) has no ${plain(d.input)}; it is required.`,
  ),
  'workflow.value': input(
    (d: { node: string; type: string; input: string; value: string; allowed: string }) =>
      `In node ${plain(d.node)} of the workflow (${plain(d.type)}), ${d.input} is ${quote(d.value)}; allowed: ${d.allowed}.`,
  ),
  'workflow.link': input(
    (d: { node: string; type: string; input: string; problem: string }) =>
      `In node ${plain(d.node)} of the workflow (${plain(d.type)}), ${d.input} ${plain(d.problem)}.`,
  ),
  'workflow.circle': input(
    (d: { node: string; type: string }) =>
      `The workflow goes in a circle through node ${plain(d.node)} (${plain(d.type)}).`,
  ),
  'workflow.no_output': input(
    (_: Record<never, never>) => 'The workflow saves no picture: it has neither SaveImage nor PreviewImage.',
  ),
  'workflow.flag': input((d: { option: string; nodes: readonly string[] }) =>
    d.nodes.length === 0
      ? `${d.option} can mean no node of this workflow; leave it out.`
      : `${d.option} can mean ${d.nodes.length} nodes of the workflow (${plain(d.nodes.join(', '))}); change it in the file.`,
  ),
  'workflow.file': input(
    (d: { file: string; folders: readonly string[] }) =>
      `The workflow names the file ${quote(d.file)}, which was not found in ${d.folders.map(quote).join(' or ')}.`,
  ),
  'workflow.part': input(
    (d: { file: string; part: string }) =>
      `The workflow takes a ${d.part} from ${quote(d.file)}, which holds none.`,
  ),
  'lora.missing': input(
    (d: { name: string; folders: readonly string[] }) =>
      `The LoRA file ${quote(d.name)} was not found in ${d.folders.map(quote).join(' or ')}.`,
  ),
  'control.no_vae': input(
    (_: Record<never, never>) =>
      'The ControlNet has no VAE to see its picture with; link one to the node that applies it.',
  ),
  'workflow.unfit': input(
    (d: { what: string; value: number; expected: number }) =>
      `The ${d.what} in the workflow has the width ${d.value}, but the model takes ${d.expected}: these files do not belong together.`,
  ),
  'device.unusable': input(
    (d: { option: string; device: string; reason: string }) =>
      `${d.option} is ${quote(d.device)}, which does not work here: ${d.reason}.`,
  ),
  'worker.crashed': failure(
    (d: { device: string; cause: string }) => `The picture's worker on ${d.device} stopped (${d.cause}).`,
  ),
  'worker.memory': failure(
    (d: { device: string }) =>
      `The picture's worker on ${d.device} ran out of memory; a smaller size or fewer pictures at once need less.`,
  ),
  'worker.files_changed': failure(
    (d: { device: string }) =>
      `A model file changed on disk while ${d.device} was using it; please try again.`,
  ),
  'worker.hung': failure(
    (d: { device: string; silent_s: number }) =>
      `The picture's worker on ${d.device} did not stir for ${d.silent_s} s and was stopped.`,
  ),
  'limit.person_waiting': input(
    (d: { limit: number; retry_after_s: number }) =>
      `You have ${d.limit} ${d.limit === 1 ? 'request' : 'requests'} waiting already; come back in about ${d.retry_after_s} s.`,
  ),
  'limit.all_waiting': input(
    (d: { limit: number; retry_after_s: number }) =>
      `All ${d.limit} places in the queue are taken; come back in about ${d.retry_after_s} s.`,
  ),
  'limit.person_rate': input(
    (d: { retry_after_s: number }) =>
      `That were many requests in a short time; come back in ${d.retry_after_s} s.`,
  ),
  'limit.channel_rate': input(
    (d: { retry_after_s: number }) =>
      `This channel had many requests in a short time; come back in ${d.retry_after_s} s.`,
  ),
  'limit.address': input(
    (d: { retry_after_s: number }) =>
      `Many requests came from your network address; come back in about ${d.retry_after_s} s.`,
  ),
  'job.unknown': input((_: Record<never, never>) => 'The picture this belongs to is not known any more.'),
  'job.deleted': input((_: Record<never, never>) => 'This picture was deleted.'),
  'job.not_yours': input(
    (d: { action: string; name: string }) =>
      `Only ${plain(d.name)} or a moderator can ${d.action} this picture.`,
  ),
  'job.over': input((d: { state: string }) => `There is nothing to cancel: the picture is ${d.state}.`),
  'job.no_picture': input(
    (d: { action: string; state: string }) =>
      `There is no picture to ${d.action} here: the request is ${d.state}.`,
  ),
  'job.not_a_draft': input(
    (d: { model: string }) =>
      `Only drafts can be finalized, and ${quote(d.model)} has no final model installed.`,
  ),
  'job.source_gone': input(
    (_: Record<never, never>) => 'The picture to start from was deleted before its turn came.',
  ),
  'job.undelivered': failure(
    /** `reason`: the platform's, in a few words. */
    (d: { reason: string }) =>
      `The picture is there, but its place would not take it (${plain(d.reason)}); "Try again" brings it.`,
  ),
  'job.not_undelivered': input(
    (d: { state: string }) => `There is nothing to bring again: the picture is ${d.state}.`,
  ),
  'job.gave_up': failure((d: { attempts: number; cause: string }) =>
    `The picture was begun ${d.attempts} times and never finished. ${d.cause}`.trim(),
  ),
  'job.ended_service': failure(
    (d: { times: number }) =>
      `The service ended by itself ${d.times} times while it made this picture, so the request is set aside.`,
  ),
  'server.none': input(
    (_: Record<never, never>) => 'There is no server here whose settings could be changed.',
  ),
  'server.manage': input(
    (_: Record<never, never>) => 'Only those who may manage this server can change its settings.',
  ),
  'server.channel': input(
    (d: { channels: string }) => `On this server pictures are made only in ${plain(d.channels)}.`,
  ),
  'server.role': input(
    (d: { roles: string }) => `On this server pictures are made only by ${plain(d.roles)}.`,
  ),
  'server.adults': input(
    (_: Record<never, never>) => 'On this server pictures are made only in age-restricted channels.',
  ),
  'server.quota': input(
    (d: { limit: number; retry_after_h: number }) =>
      `You have made the ${d.limit} ${d.limit === 1 ? 'request' : 'requests'} a day that this server allows; come back in about ${d.retry_after_h} ${d.retry_after_h === 1 ? 'hour' : 'hours'}.`,
  ),
  'server.not_served': input((_: Record<never, never>) => 'I am not in service on this server.'),
  'place.closed': failure(
    /** `reason`: the platform's, in a few words. */
    (d: { reason: string }) =>
      `The request was ended, since I cannot write any more where it was made (${plain(d.reason)}).`,
  ),
  'place.shut': input(
    (d: { reason: string }) => `I may not write there (${plain(d.reason)}), so nothing was begun.`,
  ),
  'interaction.late': input(
    (_: Record<never, never>) =>
      'Your request reached me too late to be answered, so it was not begun; please ask again.',
  ),
  'form.expired': input(
    (_: Record<never, never>) => 'The form could not be opened in time; please press again.',
  ),
  'service.stopping': failure(
    (_: Record<never, never>) => 'The service is being stopped; please try again in a minute.',
  ),
  'disk.full': failure(
    (_: Record<never, never>) => 'The disk is full; the service goes on by itself once there is room.',
  ),
  'disk.unwritable': failure(
    (d: { problem: string }) =>
      `The service cannot write to its disk (${plain(d.problem)}); it goes on by itself once it can.`,
  ),
  'http.listen': input(
    (d: { address: string; problem: string }) => `The studio cannot listen on ${d.address}: ${d.problem}.`,
  ),
  'http.not_found': input((d: { path: string }) => `There is nothing at ${quote(d.path)}.`),
  'http.method': input(
    (d: { method: string; path: string; allowed: string }) =>
      `${quote(d.path)} does not take ${d.method}; allowed: ${d.allowed}.`,
  ),
  'http.host': input(
    (d: { host: string }) =>
      `This studio does not answer for the host name ${quote(d.host)}; use localhost, or set API_TOKEN.`,
  ),
  'http.origin': input((d: { origin: string }) => `Requests from pages of ${quote(d.origin)} are not taken.`),
  'http.token': input(
    (_: Record<never, never>) => 'A password is needed here: the value of API_TOKEN, as a bearer token.',
  ),
  'http.token_wrong': input((_: Record<never, never>) => 'That is not the password.'),
  'http.guesses': input(
    (d: { retry_after_s: number }) => `Too many wrong passwords; come back in ${d.retry_after_s} s.`,
  ),
  'http.busy': failure(
    (d: { retry_after_s: number }) => `Too much is being sent at once; come back in ${d.retry_after_s} s.`,
  ),
  'http.streams': input(
    (d: { limit: number; retry_after_s: number }) =>
      `${d.limit} event ${d.limit === 1 ? 'stream is' : 'streams are'} open already; close some, and come back in ${d.retry_after_s} s.`,
  ),
  'http.body_bytes': input(
    (d: { limit: number }) => `The request is too long; allowed: at most ${d.limit} bytes.`,
  ),
  'http.body_type': input(
    (d: { type: string }) =>
      `The request is of the type ${quote(d.type)}; allowed: application/json or multipart/form-data.`,
  ),
  'http.body': input((d: { problem: string }) => `The request cannot be read: ${plain(d.problem)}.`),
  'slack.refused': failure(
    (d: { reason: string }) =>
      `Slack does not take the message (${plain(d.reason)}); is the app in the channel?`,
  ),
  'slack.listen': failure(
    (d: { address: string; problem: string }) =>
      `Slack's requests cannot be waited for on ${d.address}: ${d.problem}.`,
  ),
  'journal.in_use': input(
    (d: { file: string }) =>
      `The journal ${quote(d.file)} is used by another running service; give each its own DATA_DIR.`,
  ),
  'journal.newer': input(
    (d: { file: string; version: number; known: number }) =>
      `The journal ${quote(d.file)} has the form ${d.version}, written by a newer version; this one knows up to ${d.known}.`,
  ),
  'journal.damaged': failure(
    (d: { file: string; where: string }) =>
      `The journal ${quote(d.file)} is damaged (${plain(d.where)}); put a backup in its place, or start once with "npm start -- --salvage", which keeps what can be read.`,
  ),
  'journal.unusable': failure(
    (d: { file: string; problem: string }) =>
      `The journal ${quote(d.file)} cannot be used: ${plain(d.problem)}.`,
  ),
  'pipeline.failed': failure(
    (_: Record<never, never>) => 'The picture failed for a reason we did not foresee; the log has it.',
  ),
  cancelled: failure((_: Record<never, never>) => 'The request was cancelled.'),
} satisfies Record<string, Entry>;

export type FaultCode = keyof typeof FAULTS;
export type FaultData<C extends FaultCode> = Parameters<(typeof FAULTS)[C]['sentence']>[0];

/** An error whose message is its sentence; `data` is for programs, `cause` stays inside (log only). */
export class Fault<C extends FaultCode = FaultCode> extends Error {
  readonly code: C;
  readonly data: FaultData<C>;
  constructor(code: C, data: FaultData<C>, cause?: unknown) {
    super(
      (FAULTS[code].sentence as (d: FaultData<C>) => string)(data),
      cause === undefined ? undefined : { cause },
    );
    this.name = 'Fault';
    this.code = code;
    this.data = data;
  }
  get blame(): Blame {
    return FAULTS[this.code].blame;
  }
}
