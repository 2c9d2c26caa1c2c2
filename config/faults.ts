/**
 * Every way Darkroom refuses or fails, in one table: a stable code, who is at fault, and one sentence fit for
 * a chat. A sentence names the thing, its value and what is allowed. Nothing else in the code writes sentences
 * for people about errors.
 */

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
  const characters = [...value];
  const text = characters.length <= 200 ? value : `${characters.slice(0, 199).join('')}…`;
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escape)}"`;
}

export const FAULTS = {
  'option.value': input(
    (d: { option: string; value: string; allowed: string }) =>
      `${d.option} is ${quote(d.value)}; allowed: ${d.allowed}.`,
  ),
  'option.missing': input((d: { option: string }) => `${d.option} is missing; it is required.`),
  'option.no_value': input(
    (d: { option: string; allowed: string }) => `${d.option} has no value; allowed: ${d.allowed}.`,
  ),
  'option.unknown': input(
    (d: { option: string; hint: string }) => `${quote(d.option)} is not an option; ${d.hint}.`,
  ),
  'option.repeated': input((d: { option: string }) => `${d.option} is given twice; give it once.`),
  'option.conflict': input(
    (d: { option: string; other: string }) => `${d.option} and ${d.other} exclude each other; give one.`,
  ),
  'option.needs': input((d: { option: string; needs: string }) => `${d.option} works only with ${d.needs}.`),
  'prompt.several': input(
    (d: { count: number; first: string; second: string }) =>
      `The prompt must be one text in quotation marks, but ${d.count} were found, such as ${quote(d.first)} and ${quote(d.second)} (after "npm run imagine", flags need "--" before them).`,
  ),
  'settings.value': input(
    (d: { name: string; value: string; allowed: string }) =>
      `${d.name} is ${quote(d.value)}; allowed: ${d.allowed}.`,
  ),
  'models.unknown': input(
    (d: { option: string; name: string; installed: readonly string[] }) =>
      `${d.option} is ${quote(d.name)}; installed: ${d.installed.join(', ')}.`,
  ),
  'models.not_installed': input(
    (d: { option: string; name: string; file: string; folders: readonly string[] }) =>
      `${d.option} is ${quote(d.name)}, which is not installed: ${d.file} was not found in ${d.folders.map(quote).join(' or ')}.`,
  ),
  'models.licence': input(
    (d: { name: string }) =>
      `The model ${quote(d.name)} is under Stability AI's Community License; set STABILITY_LICENSE_ACCEPTED=yes once you have read and accepted it (https://stability.ai/license).`,
  ),
  'models.table': input(
    (d: { file: string; field: string; problem: string }) =>
      `${quote(d.file)}, field ${quote(d.field)}: ${d.problem}.`,
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
  'worker.crashed': failure(
    (d: { device: string; cause: string }) => `The picture's worker on ${d.device} stopped (${d.cause}).`,
  ),
  'worker.files_changed': failure(
    (d: { device: string }) =>
      `A model file changed on disk while ${d.device} was using it; please try again.`,
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
