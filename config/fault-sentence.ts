/** The sentence of a refusal or failure in the language of whoever is told. */
import { FAULTS, type FaultCode, quote } from './faults.ts';
import type { Language } from './languages.ts';
import { isMessageKey, type MessageValues, Phrase, say } from './messages.ts';

/** A fault as it is thrown, or as it was kept. */
export interface ToldFault {
  readonly code: FaultCode;
  readonly data: unknown;
}

/** English is the table of faults itself; a fault that no chat tells (a broken model file) has no other language. */
export function faultSentence({ code, data }: ToldFault, language: Language): string {
  const key = `fault.${code}`;
  if (language === 'en' || !isMessageKey(key))
    return (FAULTS[code].sentence as (data: unknown) => string)(data);
  return say(language, key, valuesOf(data));
}

/** As the English sentences quote them; lists of what is allowed are told whole. */
function valuesOf(data: unknown): MessageValues {
  const values = Object.entries(data as object).map(([name, value]) => {
    if (typeof value === 'number' || value instanceof Phrase) return [name, value];
    if (Array.isArray(value)) return [name, value.join(', ')];
    return [name, name === 'allowed' ? String(value) : quote(String(value)).slice(1, -1)];
  });
  return Object.fromEntries(values);
}
