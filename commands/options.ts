/**
 * Every option of `/imagine`, defined once. What a chat registers, typed text, forms, the page, the terminal's flags
 * and a workflow step's inputs are all made from this table, and every value is read by `read-option.ts`.
 */
import { DEFAULTS, LIMITS } from '../config/defaults.ts';
import { Phrase, type Words } from '../config/messages.ts';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../config/sampling.ts';
import { readSamplerName, readSchedulerName } from '../config/sampling-names.ts';
import type { Borders } from '../pipeline/request.ts';

/** What a value may be. `models`, `styles`: names that only the running service knows. */
export type OptionType =
  | { readonly kind: 'text'; readonly min: number; readonly max: number }
  | { readonly kind: 'name'; readonly of: 'models' | 'styles' }
  | {
      readonly kind: 'choice';
      readonly names: readonly string[];
      /** The name that is meant by another spelling, if any. */
      readonly otherNames?: (text: string) => string | undefined;
    }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  /** `above`: the smallest value itself is not allowed. */
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly above?: true }
  | { readonly kind: 'size' }
  | { readonly kind: 'aspect' }
  | { readonly kind: 'layers' }
  /** Pixels on each side of a picture: `left:256,top:128`. */
  | { readonly kind: 'borders' }
  /** Names of LoRA files with their strengths: `ink:0.8,film`. */
  | { readonly kind: 'loras' }
  /** The name of a file that is looked up in the folders of its kind. */
  | { readonly kind: 'file'; readonly of: 'controlnet' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'picture' };

export interface Option {
  readonly type: OptionType;
  /** One line for a menu or a help page. */
  readonly help: Words;
  /** What applies where nothing is given, in words; absent for an option that then simply has no effect. */
  readonly defaultText?: Words;
  readonly required?: true;
  /** Offered in the chats; the rest is for the terminal and scripts. */
  readonly chat: boolean;
  /** The terminal's flag, where it is not the option's own name. */
  readonly flag?: string;
  /** Other names that are understood in typed text: Midjourney's. */
  readonly also?: readonly string[];
}

const OFF = new Phrase('without.off');
const MODELS_OWN = "the model's own";
const MODELS_OWN_SIZE = new Phrase('without.imagine.aspect');

/** What only the terminal and scripts take is explained in English. */
export const OPTIONS = {
  prompt: {
    type: { kind: 'text', min: 1, max: LIMITS.prompt },
    help: new Phrase('option.imagine.prompt'),
    required: true,
    chat: true,
  },
  style: {
    type: { kind: 'name', of: 'styles' },
    help: new Phrase('option.imagine.style'),
    defaultText: DEFAULTS.style,
    chat: true,
  },
  model: {
    type: { kind: 'name', of: 'models' },
    help: new Phrase('option.imagine.model'),
    defaultText: new Phrase('without.imagine.model'),
    chat: true,
  },
  seed: {
    type: { kind: 'integer', min: 0, max: LIMITS.seed },
    help: new Phrase('option.imagine.seed'),
    defaultText: new Phrase('without.imagine.seed'),
    chat: true,
  },
  negative: {
    type: { kind: 'text', min: 0, max: LIMITS.negative },
    help: new Phrase('option.imagine.negative'),
    defaultText: new Phrase('without.imagine.negative'),
    chat: true,
    also: ['no'],
  },
  aspect: {
    type: { kind: 'aspect' },
    help: new Phrase('option.imagine.aspect'),
    defaultText: MODELS_OWN_SIZE,
    chat: true,
    also: ['ar'],
  },
  size: {
    type: { kind: 'size' },
    help: `Pixels, multiples of ${LIMITS.sizeStep}, such as 768x512`,
    defaultText: MODELS_OWN_SIZE,
    chat: false,
  },
  steps: {
    type: { kind: 'integer', min: 1, max: LIMITS.steps },
    help: new Phrase('option.imagine.steps'),
    defaultText: new Phrase('without.imagine.steps'),
    chat: true,
  },
  cfg: {
    type: { kind: 'number', min: 0, max: LIMITS.cfg },
    help: new Phrase('option.imagine.cfg'),
    defaultText: new Phrase('without.imagine.cfg'),
    chat: true,
  },
  sampler: {
    type: { kind: 'choice', names: SAMPLER_NAMES, otherNames: (text) => readSamplerName(text)?.sampler },
    help: 'How a step is made',
    defaultText: MODELS_OWN,
    chat: false,
  },
  scheduler: {
    type: { kind: 'choice', names: SCHEDULER_NAMES, otherNames: readSchedulerName },
    help: 'How the noise is divided among the steps',
    defaultText: MODELS_OWN,
    chat: false,
  },
  shift: {
    type: { kind: 'number', min: 0, max: LIMITS.shift, above: true },
    help: 'Timestep shift: more spends more steps on the layout',
    defaultText: MODELS_OWN,
    chat: false,
  },
  count: {
    type: { kind: 'integer', min: 1, max: LIMITS.count },
    help: new Phrase('option.imagine.count'),
    defaultText: String(DEFAULTS.count),
    chat: true,
  },
  image: {
    type: { kind: 'picture' },
    help: new Phrase('option.imagine.image'),
    chat: true,
    flag: 'init',
  },
  strength: {
    type: { kind: 'number', min: 0, max: 1, above: true },
    help: new Phrase('option.imagine.strength'),
    defaultText: new Phrase('without.imagine.strength', {
      strength: String(DEFAULTS.strength),
      repaint: String(DEFAULTS.repaintStrength),
    }),
    chat: true,
  },
  mask: {
    type: { kind: 'picture' },
    help: new Phrase('option.imagine.mask'),
    defaultText: new Phrase('without.imagine.mask'),
    chat: true,
  },
  expand: {
    type: { kind: 'borders' },
    help: new Phrase('option.imagine.expand'),
    defaultText: OFF,
    chat: true,
  },
  upscale: {
    type: { kind: 'number', min: 1, max: LIMITS.upscale, above: true },
    help: new Phrase('option.imagine.upscale'),
    defaultText: OFF,
    chat: true,
  },
  'upscale-strength': {
    type: { kind: 'number', min: 0, max: 1, above: true },
    help: new Phrase('option.imagine.upscale-strength'),
    defaultText: String(DEFAULTS.upscaleStrength),
    chat: true,
  },
  lora: {
    type: { kind: 'loras' },
    help: new Phrase('option.imagine.lora'),
    defaultText: new Phrase('without.imagine.lora'),
    chat: true,
  },
  control: {
    type: { kind: 'picture' },
    help: new Phrase('option.imagine.control'),
    chat: true,
  },
  'control-model': {
    type: { kind: 'file', of: 'controlnet' },
    help: new Phrase('option.imagine.control-model'),
    chat: true,
  },
  'control-strength': {
    type: { kind: 'number', min: 0, max: LIMITS.controlStrength },
    help: new Phrase('option.imagine.control-strength'),
    defaultText: String(DEFAULTS.controlStrength),
    chat: true,
  },
  'control-edges': {
    type: { kind: 'switch' },
    help: new Phrase('option.imagine.control-edges'),
    defaultText: OFF,
    chat: true,
  },
  slg: {
    type: { kind: 'number', min: 0, max: LIMITS.slgScale, above: true },
    help: 'Skip-layer guidance: its scale (Medium: 2.5 gives cleaner anatomy)',
    defaultText: OFF,
    chat: false,
  },
  'slg-layers': {
    type: { kind: 'layers' },
    help: 'Blocks to skip, counted from 0',
    defaultText: DEFAULTS.slgLayers.join(','),
    chat: false,
  },
  'slg-start': {
    type: { kind: 'number', min: 0, max: 1 },
    help: 'From which part of the schedule on',
    defaultText: String(DEFAULTS.slgStart),
    chat: false,
  },
  'slg-end': {
    type: { kind: 'number', min: 0, max: 1 },
    help: 'Up to which part of the schedule',
    defaultText: String(DEFAULTS.slgEnd),
    chat: false,
  },
  fast: {
    type: { kind: 'switch' },
    help: 'Leave out steps that would change little: faster, a slightly different picture',
    defaultText: OFF,
    chat: false,
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];
/** Options whose value is a picture. */
export const PICTURE_NAMES = OPTION_NAMES.filter((name) => OPTIONS[name].type.kind === 'picture');
/** Options that mean nothing without a picture: they are not kept where that is not. */
export const WITH_PICTURES: readonly OptionName[] = [
  ...PICTURE_NAMES,
  'strength',
  'expand',
  'control-model',
  'control-strength',
  'control-edges',
];

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A LoRA file by what somebody calls it, and how much of it. */
export interface NamedLora {
  readonly name: string;
  readonly strength: number;
}

/** What reading an option of a kind gives. */
interface Values {
  text: string;
  name: string;
  choice: string;
  integer: number;
  number: number;
  size: Size;
  /** Width over height. */
  aspect: number;
  layers: readonly number[];
  borders: Borders;
  loras: readonly NamedLora[];
  file: string;
  switch: boolean;
  picture: Uint8Array;
}

type Choice<T> = T extends { kind: 'choice'; names: readonly (infer N)[] } ? N : never;

/** What reading a value of a type gives: a choice is one of its names. */
export type ValueOf<T extends OptionType> = T['kind'] extends 'choice' ? Choice<T> : Values[T['kind']];

/** The type of an option's value once read. */
export type OptionValue<N extends OptionName> = ValueOf<(typeof OPTIONS)[N]['type']>;

/** What a surface hands over: text as typed, a number from a typed field, the bytes of a picture. */
export type RawValue = string | number | Uint8Array;
export type RawOptions = { readonly [N in OptionName]?: RawValue | undefined };
