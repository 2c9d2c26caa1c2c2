/** One raw value to one checked value, by the option's type; the sentence of a refusal names what is allowed. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase, type Words } from '../config/messages.ts';
import { parseBorders } from './borders.ts';
import { parseLoras } from './lora-tags.ts';
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
    const isReadable = typeof raw !== 'string' || raw.length > longestWritten(type) || !UNREADABLE.test(raw);
    const allowed = isReadable ? allowedValues(type) : new Phrase('allowed.readable');
    throw new Fault('option.value', { option: label, value: describe(raw), allowed });
  }
  return value as ValueOf<T>;
}

/** What a type allows, in words. */
export function allowedValues(type: OptionType): Words {
  switch (type.kind) {
    case 'text': {
      const { min, max } = type;
      return new Phrase('allowed.text', { min, max, blank: min > 0 ? 'no' : 'yes' });
    }
    case 'name':
      return new Phrase(`allowed.${type.of}`);
    case 'choice':
      return type.names.join(', ');
    case 'integer':
      return new Phrase('allowed.whole', { min: type.min, max: type.max });
    case 'number':
      return new Phrase(type.above ? 'allowed.above' : 'allowed.number', { min: type.min, max: type.max });
    case 'size':
      return new Phrase('allowed.size', { step: LIMITS.sizeStep });
    case 'aspect':
      return new Phrase('allowed.aspect', { most: LIMITS.aspect });
    case 'layers':
      return new Phrase('allowed.layers');
    case 'borders':
      return new Phrase('allowed.borders', { step: LIMITS.sizeStep, max: LIMITS.border });
    case 'loras':
      return new Phrase('allowed.loras', { most: LIMITS.loras, strength: LIMITS.loraStrength });
    case 'file':
      return new Phrase('allowed.file');
    case 'switch':
      return 'yes, no';
    case 'picture':
      return new Phrase('allowed.picture');
  }
}

/** Nothing keeps more of a refused value than its sentence shows. */
function describe(raw: RawValue): string {
  return raw instanceof Uint8Array ? `(${raw.length} bytes)` : String(raw).slice(0, SHOWN);
}

/** Characters: a sentence shows 200 of what people count as characters. */
const SHOWN = 402;

/** Characters (UTF-16 units) of a value as it may be written: one that is longer is refused before it is read. */
export function longestWritten(type: OptionType): number {
  switch (type.kind) {
    case 'text':
      // A character outside the first plane is two units.
      return 2 * type.max;
    case 'name':
      return 2 * LIMITS.name;
    case 'layers':
      return LIMITS.layers;
    case 'loras':
      return LIMITS.loraList;
    case 'file':
      return LIMITS.fileName;
    default:
      return LIMITS.value;
  }
}

/** The value, or undefined where it is not allowed. */
function parse(type: OptionType, raw: RawValue): unknown {
  if (type.kind === 'picture') return raw instanceof Uint8Array ? raw : undefined;
  if (raw instanceof Uint8Array) return undefined;
  const text = String(raw);
  if (text.length > longestWritten(type)) return undefined;
  switch (type.kind) {
    case 'text':
      return parseText(text, type.min, type.max);
    case 'name':
      return parseText(text.trim(), 1, LIMITS.name);
    case 'choice':
      return type.names.find((name) => name === text.trim()) ?? type.otherNames?.(text);
    case 'integer':
      return inRange(/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN, type);
    case 'number':
      return inRange(DECIMAL.test(text) ? Number(text) : Number.NaN, type);
    case 'size':
      return parseSize(text);
    case 'aspect':
      return parseAspect(text);
    case 'layers':
      return parseLayers(text);
    case 'borders':
      return parseBorders(text);
    case 'loras':
      return parseLoras(text);
    case 'file':
      return parseText(text.trim(), 1, LIMITS.fileName);
    case 'switch':
      return SWITCH[text.trim().toLowerCase()];
  }
}

/** A terminal gives a switch no value. */
const SWITCH: { readonly [word: string]: boolean } = Object.assign(Object.create(null), {
  '': true,
  yes: true,
  true: true,
  on: true,
  no: false,
  false: false,
  off: false,
});

const DECIMAL = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;

/** Half of a surrogate pair, and control characters other than blanks: no file, message or log keeps them as they are. */
const UNREADABLE = /(?![\t-\r\u0085])[\p{Cc}\p{Surrogate}]/u;

/** Counted in code points, as people count. */
function parseText(text: string, min: number, max: number): string | undefined {
  const length = [...text].length;
  if (length < min || length > max || UNREADABLE.test(text)) return undefined;
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
