/** The sentence of a refusal or failure in the language of whoever is told. */
import { plain } from './faults/in-words.ts';
import { FAULTS, type FaultCode } from './faults/table.ts';
import type { Language } from './languages.ts';
import { type MessageKey, type MessageValues, Phrase, placesOf, say, type Words } from './messages.ts';

/** A fault as it is thrown, or as it was kept. */
export interface ToldFault {
  readonly code: FaultCode;
  readonly data: unknown;
}

type InWords = (data: unknown, language: Language) => MessageValues;

/**
 * In English where the fault concerns only whoever runs Darkroom. One that another version has kept, whose code or data
 * are not of today, is told as a failure: a list of jobs must not end at it.
 */
export function faultSentence(fault: ToldFault, language: Language): string {
  try {
    return sentenceOf(fault, language);
  } catch {
    return say(language, 'fault.pipeline.failed');
  }
}

function sentenceOf({ code, data }: ToldFault, language: Language): string {
  const key: MessageKey = `fault.${code}`;
  const inWords = FAULTS[code].inWords as InWords | undefined;
  // What an older journal or worker did not yet say leaves a gap, not a person without a sentence.
  const gaps = Object.fromEntries(placesOf(language, key).map((place) => [place, '']));
  return say(language, key, {
    ...gaps,
    ...toldValues(data as object, language),
    ...inWords?.(data, language),
  }).trim();
}

function toldValues(data: object, language: Language): MessageValues {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, toldValue(name, value, language)]),
  );
}

/** Somebody's words stand on one line, cut when they are long; what is allowed is not cut. */
function toldValue(name: string, value: unknown, language: Language): Words | number {
  if (typeof value === 'number' || value instanceof Phrase) return value;
  if (Array.isArray(value))
    return value.length === 0
      ? new Phrase('allowed.none')
      : value.map((one) => plain(String(one))).join(', ');
  if (isFault(value)) return faultSentence(value, language);
  return name === 'allowed' ? String(value) : plain(String(value));
}

/** A fault within another one's data, such as the one that ended the last attempt. */
function isFault(value: unknown): value is ToldFault {
  const { code } = (value ?? {}) as { code?: unknown };
  return typeof code === 'string' && Object.hasOwn(FAULTS, code);
}
