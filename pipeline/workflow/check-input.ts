/** One value of a workflow by what its input may be. */
import type { StrictValue } from '../weights/strict-json.ts';
import { type InputSpec, LARGEST_SEED } from './inputs.ts';
import type { Value } from './values.ts';

/** Characters of a text or name: what T5 has to look at grows with their square. */
const LONGEST_TEXT = 4_000;
const LONGEST_NAME = 500;

/** The value as the node takes it; undefined where it is not allowed. */
export function readInput(spec: InputSpec, given: StrictValue | Value): Value | undefined {
  switch (spec.kind) {
    case 'whole': {
      if (typeof given === 'bigint') return takesAll(spec) && isLong(given) ? given : undefined;
      const value = Math.trunc(asNumber(given));
      return value >= spec.min && value <= spec.max ? value : undefined;
    }
    case 'number': {
      const value = asNumber(given);
      return value >= spec.min && value <= spec.max ? value : undefined;
    }
    case 'seed':
      return readSeed(given);
    case 'choice':
      return spec.names.find((name) => name === given);
    case 'switch':
      // Python's `bool`: 0 and '' are false, every other number and text is true.
      return given === null || typeof given === 'object' ? undefined : Boolean(given);
    case 'text': {
      const text = Number.isInteger(given) || typeof given === 'bigint' ? String(given) : given;
      return typeof text === 'string' && text.length <= LONGEST_TEXT ? text : undefined;
    }
    case 'file':
    case 'picture':
      return typeof given === 'string' && isName(given) ? given : undefined;
    case 'link':
      return undefined;
  }
}

/** What an input may be, in words. */
export function allowedInput(spec: InputSpec): string {
  switch (spec.kind) {
    case 'whole':
      return `a whole number from ${spec.min} to ${spec.max}`;
    case 'number':
      return `a number from ${spec.min} to ${spec.max}`;
    case 'seed':
      return `a whole number from 0 to ${LARGEST_SEED}`;
    case 'choice':
      return spec.names.join(', ');
    case 'switch':
      return 'true or false';
    case 'text':
      return `a text of up to ${LONGEST_TEXT} characters`;
    case 'file':
    case 'picture':
      return 'the name of a file, without ".." and without a folder from the root';
    case 'link':
      return `a link to an output of the type ${spec.type}`;
  }
}

/** An input without limits of its own (`PrimitiveInt`) carries the long seeds too. */
function takesAll({ min, max }: { readonly min: number; readonly max: number }): boolean {
  return min === Number.MIN_SAFE_INTEGER && max === Number.MAX_SAFE_INTEGER;
}

function isLong(value: bigint): boolean {
  return value > -(2n ** 63n) && value <= LARGEST_SEED;
}

/** As ComfyUI, which takes "20", 20.0 and true for numbers; nothing else becomes one. */
function asNumber(given: StrictValue | Value): number {
  if (typeof given === 'number' || typeof given === 'boolean') return Number(given);
  if (typeof given === 'string' && /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(given.trim()))
    return Number(given);
  return Number.NaN;
}

function readSeed(given: StrictValue | Value): number | bigint | undefined {
  if (typeof given === 'bigint') return given >= 0n && given <= LARGEST_SEED ? given : undefined;
  const value = asNumber(given);
  return Number.isInteger(value) && value >= 0 && value <= 2 ** 64 ? value : undefined;
}

/** A name below a folder: no way up or out of it, on any system. */
export function isName(name: string): boolean {
  if (name === '' || name.length > LONGEST_NAME || /[\p{Cc}:]/u.test(name)) return false;
  if (/^[\\/]/.test(name)) return false;
  return name.split(/[\\/]/).every((part) => part !== '' && part !== '.' && part !== '..');
}
