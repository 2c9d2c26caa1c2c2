/** `<lora:name:0.8>` among the words of a prompt, as A1111's web UI has it: files of low-rank changes and how much of them. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import type { NamedLora } from './options.ts';

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

function readStrength(text: string, tag: string): number {
  const strength = parseStrength(text);
  if (strength !== undefined) return strength;
  const allowed = `a number from ${-LIMITS.loraStrength} to ${LIMITS.loraStrength}`;
  throw new Fault('option.value', { option: tag, value: text, allowed });
}

function parseStrength(text: string): number | undefined {
  const strength = text.trim() === '' ? Number.NaN : Number(text);
  return Math.abs(strength) <= LIMITS.loraStrength ? strength : undefined;
}

/** `ink` or `ink:0.8`, several with commas between. Undefined where a strength is none, a name is empty, or they are too many. */
export function parseLoras(text: string): readonly NamedLora[] | undefined {
  const parts = text.split(',');
  if (parts.length > LIMITS.loras) return undefined;
  const loras: NamedLora[] = [];
  for (const part of parts) {
    const words = part.trim();
    const at = words.lastIndexOf(':');
    // A drive's letter has a colon, too; behind it stands a path.
    const hasStrength = at >= 0 && !/[\\/]/.test(words.slice(at));
    const name = (hasStrength ? words.slice(0, at) : words).trim();
    const strength = hasStrength ? parseStrength(words.slice(at + 1)) : 1;
    if (name === '' || strength === undefined) return undefined;
    loras.push({ name, strength });
  }
  return loras;
}

/** The other way round, for a command that somebody may type. */
export function formatLoras(loras: readonly NamedLora[]): string {
  return loras.map(({ name, strength }) => (strength === 1 ? name : `${name}:${strength}`)).join(',');
}

/** What people call a LoRA file, or a ControlNet. @param file its path */
export function loraName(file: string): string {
  return file
    .slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
    .replace(/\.safetensors$/i, '');
}
