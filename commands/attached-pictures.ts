/**
 * Pictures that came with typed words, each to the option that it is meant for. Where words name a kind of control
 * (`--control canny`) instead of a picture, the ControlNet is that one, and a picture that came along is what it follows.
 */
import type { CommandOptions, Given } from './command.ts';

export interface AttachedPicture {
  /** The file's name, which may say what it is for. */
  readonly name?: string;
  /** Its address or its bytes. */
  readonly picture: string | Uint8Array;
}

/** In a file's name, as people call theirs. */
const MASK = /(^|[^a-z])mask/i;
const CONTROL = /(^|[^a-z])(control|canny|edges|depth|blur)/i;
const EDGES = 'canny';

/**
 * A file called `mask...` is the mask, one called `control...` or `depth...` is for the ControlNet that is asked for; the
 * others are, in their order, the start picture and its mask, or what the ControlNet follows where nothing else is.
 * @param options of the command: a picture for which it has none is left out
 */
export function withPictures(
  typed: Given,
  pictures: readonly AttachedPicture[],
  options: CommandOptions,
): Given {
  const given: Record<string, Given[string]> = { ...withControlKind(typed) };
  const wantsControl = given['control-model'] !== undefined && given.control === undefined;
  const left = [...pictures];
  const take = (option: string, found: AttachedPicture | undefined) => {
    if (found === undefined || given[option] !== undefined || !Object.hasOwn(options, option)) return;
    given[option] = found.picture;
    left.splice(left.indexOf(found), 1);
  };
  const named = (pattern: RegExp) => left.find(({ name = '' }) => pattern.test(name));
  if (wantsControl) take('control', named(CONTROL));
  const stillWants = wantsControl && given.control === undefined;
  if (left.length > 1 || given.image !== undefined) take('mask', named(MASK));
  // One picture beside a ControlNet is what it follows; of two the first is the start picture.
  if (stillWants && left.length === 1) take('control', left[0]);
  take('image', left[0]);
  if (stillWants) take('control', left[0]);
  take('mask', left[0]);
  return given;
}

/** `--control canny`: a kind in place of a picture. Its edges are drawn, unless somebody says otherwise: a photo will do. */
export function withControlKind(typed: Given): Given {
  const { control, ...rest } = typed;
  if (typeof control !== 'string' || /^https?:/i.test(control.trim())) return typed;
  const kind = control.trim();
  const edges = kind.toLowerCase() === EDGES && rest['control-edges'] === undefined;
  return {
    ...rest,
    'control-model': rest['control-model'] ?? kind,
    ...(edges && { 'control-edges': 'yes' }),
  };
}
