/** Options as structured values (of a chat's own options, of the JSON interface) and as a form's fields (Remix, the page), by name. */
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { Command, Given } from './command.ts';
import type { RawValue } from './options.ts';

/**
 * Values with their names. A value of `null` or `undefined` is not given; anything but text, a number or the bytes of a picture is
 * refused, as is a name that the command does not have.
 * @throws Fault `option.unknown`, `option.value`
 */
export function readStructured(
  values: Readonly<Record<string, unknown>>,
  command: Pick<Command, 'options'>,
): Given {
  const given: Record<string, RawValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(command.options, name)) throw unknown(name, command);
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof Uint8Array)) {
      const allowed = new Phrase('allowed.scalar');
      throw new Fault('option.value', { option: name, value: shown(value), allowed });
    }
    given[name] = value;
  }
  return given;
}

/** Characters of a refused value that are kept: more than its sentence shows. */
const SHOWN = 402;

/** A value of whatever kind for the sentence of its refusal; an object's own way of becoming text is not asked for. */
export function shown(value: unknown): string {
  return (typeof value === 'string' ? value : String(JSON.stringify(value))).slice(0, SHOWN);
}

/** The fields of a form: an empty one is not given, and blanks around a value that is not text are not meant. */
export function readForm(
  fields: Readonly<Record<string, string | Uint8Array | undefined>>,
  command: Pick<Command, 'options'>,
): Given {
  const filled = Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value));
  return readStructured(Object.fromEntries(filled), command);
}

function isEmpty(value: string | Uint8Array): boolean {
  return typeof value === 'string' ? value.trim() === '' : value.length === 0;
}

function unknown(name: string, { options }: Pick<Command, 'options'>): Fault {
  const allowed = Object.keys(options).join(', ') || new Phrase('allowed.none');
  return new Fault('option.unknown', { option: name, hint: new Phrase('hint.allowed', { allowed }) });
}
