/** One raw value to one checked value, by the option's type; the sentence of a refusal names what is allowed. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import {
  OPTIONS,
  type Option,
  type OptionName,
  type OptionType,
  type OptionValue,
  type RawValue,
  type Size,
  type ValueOf,
} from './options.ts';

/**
 * @param label what the surface calls the option: `--cfg` in a terminal, `cfg` in a chat.
 * @throws Fault `option.value`
 */
export function readOption<N extends OptionName>(name: N, raw: RawValue, label: string): OptionValue<N> {
  const option: Option = OPTIONS[name];
  return readValue(option.type, raw, label) as OptionValue<N>;
}

/** The same for an option of any command. @throws Fault `option.value` */
export function readValue<T extends OptionType>(type: T, raw: RawValue, label: string): ValueOf<T> {
  const value = parse(type, raw);
  if (value === undefined) {
    throw new Fault('option.value', { option: label, value: describe(raw), allowed: allowedValues(type) });
  }
  return value as ValueOf<T>;
}

/** What a type allows, in words. */
export function allowedValues(type: OptionType): string {
  switch (type.kind) {
    case 'text':
      return `${type.min} to ${type.max} characters${type.min > 0 ? ', not only blanks' : ''}`;
    case 'name':
      return `one of the installed ${type.of}`;
    case 'choice':
      return type.names.join(', ');
    case 'whole':
      return `a whole number from ${type.min} to ${type.max}`;
    case 'number':
      return type.above
        ? `a number above ${type.min}, up to ${type.max}`
        : `a number from ${type.min} to ${type.max}`;
    case 'size':
      return `width x height in pixels, multiples of ${LIMITS.sizeStep}, such as 768x512`;
    case 'aspect':
      return `width:height, such as 3:2, from 1:${LIMITS.aspect} to ${LIMITS.aspect}:1`;
    case 'layers':
      return 'block numbers without repetition, such as 7,8,9';
    case 'picture':
      return 'a PNG, JPEG or WebP picture';
  }
}

function describe(raw: RawValue): string {
  return raw instanceof Uint8Array ? `(${raw.length} bytes)` : String(raw);
}

/** The value, or undefined where it is not allowed. */
function parse(type: OptionType, raw: RawValue): unknown {
  if (type.kind === 'picture') return raw instanceof Uint8Array ? raw : undefined;
  if (raw instanceof Uint8Array) return undefined;
  const text = String(raw);
  switch (type.kind) {
    case 'text':
      return parseText(text, type.min, type.max);
    case 'name':
      return parseText(text.trim(), 1, LIMITS.name);
    case 'choice':
      return type.names.find((name) => name === text.trim());
    case 'whole':
      return inRange(/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN, type);
    case 'number':
      return inRange(DECIMAL.test(text) ? Number(text) : Number.NaN, type);
    case 'size':
      return parseSize(text);
    case 'aspect':
      return parseAspect(text);
    case 'layers':
      return parseLayers(text);
  }
}

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** Counted in code points, as people count; half a surrogate pair is no character. */
function parseText(text: string, min: number, max: number): string | undefined {
  const length = [...text].length;
  if (length < min || length > max || /\p{Surrogate}/u.test(text)) return undefined;
  return min > 0 && text.trim() === '' ? undefined : text;
}

function inRange(value: number, type: { min: number; max: number; above?: true }): number | undefined {
  const bigEnough = type.above ? value > type.min : value >= type.min;
  return bigEnough && value <= type.max ? value + 0 : undefined;
}

function parseSize(text: string): Size | undefined {
  const [, width, height] = /^\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*$/i.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  const fits = (side: number) => side > 0 && side % LIMITS.sizeStep === 0;
  return fits(size.width) && fits(size.height) ? size : undefined;
}

function parseAspect(text: string): number | undefined {
  const [, width, height] = /^\s*(\d{1,5}(?:\.\d{1,5})?)\s*:\s*(\d{1,5}(?:\.\d{1,5})?)\s*$/.exec(text) ?? [];
  const aspect = Number(width) / Number(height);
  return aspect >= 1 / LIMITS.aspect && aspect <= LIMITS.aspect ? aspect : undefined;
}

function parseLayers(text: string): readonly number[] | undefined {
  if (!/^\s*\d{1,3}(\s*,\s*\d{1,3})*\s*$/.test(text)) return undefined;
  const layers = text.split(',').map(Number);
  return new Set(layers).size === layers.length ? layers : undefined;
}
