/** `<lora:name:0.8>` among the words of a prompt, as A1111's web UI has it: files of low-rank changes and how much of them. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';

export interface NamedLora {
  readonly name: string;
  readonly strength: number;
}

const TAG = /<lora:([^:<>]+)(?::([^<>]*))?>/gi;

/**
 * The words without the tags, and what the tags say, in their order; without a number the strength is 1.
 * @throws Fault `option.value` for a strength that is none, or too many tags
 */
export function takeLoraTags(text: string): { words: string; loras: readonly NamedLora[] } {
  const loras: NamedLora[] = [];
  const words = text.replace(TAG, (tag, name: string, strength: string | undefined) => {
    loras.push({ name: name.trim(), strength: readStrength(strength ?? '1', tag) });
    return '';
  });
  if (loras.length > LIMITS.loras) {
    const allowed = `at most ${LIMITS.loras}`;
    throw new Fault('option.value', { option: '<lora:...>', value: `${loras.length} of them`, allowed });
  }
  return loras.length === 0 ? { words: text, loras } : { words: words.replace(/ {2,}/g, ' ').trim(), loras };
}

/** @param option what a sentence calls it */
export function readStrength(text: string, option: string): number {
  const strength = text.trim() === '' ? Number.NaN : Number(text);
  if (Math.abs(strength) <= LIMITS.loraStrength) return strength;
  const allowed = `a number from ${-LIMITS.loraStrength} to ${LIMITS.loraStrength}`;
  throw new Fault('option.value', { option, value: text, allowed });
}

/** `FILE` or `FILE:STRENGTH`, several with commas between, as the terminal takes them. */
export function readLoraList(text: string, option: string): readonly NamedLora[] {
  return text.split(',').map((one) => {
    const [, name = '', strength = '1'] = /^\s*(.*?)(?::(-?[\d.]+))?\s*$/s.exec(one) ?? [];
    return { name, strength: readStrength(strength, option) };
  });
}
