/**
 * Every option of `/imagine`, defined once. What a chat registers, typed text, forms, the page, the terminal's flags
 * and a workflow step's inputs are all made from this table, and every value is read by `read-option.ts`.
 */
import { DEFAULTS, LIMITS } from '../config/defaults.ts';
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
  readonly help: string;
  /** What applies where nothing is given, in words; absent for an option that then simply has no effect. */
  readonly defaultText?: string;
  readonly required?: true;
  /** Offered in the chats; the rest is for the terminal and scripts. */
  readonly chat: boolean;
  /** The terminal's flag, where it is not the option's own name. */
  readonly flag?: string;
  /** Other names that are understood in typed text: Midjourney's. */
  readonly also?: readonly string[];
}

export const OPTIONS = {
  prompt: {
    type: { kind: 'text', min: 1, max: LIMITS.prompt },
    help: 'What the picture shows',
    required: true,
    chat: true,
  },
  style: {
    type: { kind: 'name', of: 'styles' },
    help: 'A style to draw it in',
    defaultText: DEFAULTS.style,
    chat: true,
  },
  model: {
    type: { kind: 'name', of: 'models' },
    help: 'The model that draws',
    defaultText: 'the first installed of turbo, large, medium; else nano',
    chat: true,
  },
  seed: {
    type: { kind: 'integer', min: 0, max: LIMITS.seed },
    help: 'The same seed with the same options gives the same picture',
    defaultText: 'random, printed',
    chat: true,
  },
  negative: {
    type: { kind: 'text', min: 0, max: LIMITS.negative },
    help: 'What the picture should not show',
    defaultText: 'nothing',
    chat: true,
    also: ['no'],
  },
  aspect: {
    type: { kind: 'aspect' },
    help: 'Width to height, such as 3:2, at the size the model draws best',
    defaultText: "the model's own size",
    chat: true,
    also: ['ar'],
  },
  size: {
    type: { kind: 'size' },
    help: `Pixels, multiples of ${LIMITS.sizeStep}, such as 768x512`,
    defaultText: "the model's own size",
    chat: false,
  },
  steps: {
    type: { kind: 'integer', min: 1, max: LIMITS.steps },
    help: 'Denoising steps: more take longer and add detail',
    defaultText: "the model's own",
    chat: true,
  },
  cfg: {
    type: { kind: 'number', min: 0, max: LIMITS.cfg },
    help: 'How strictly the prompt is followed; 1 leaves the negative prompt out',
    defaultText: "the model's own",
    chat: true,
  },
  sampler: {
    type: { kind: 'choice', names: SAMPLER_NAMES, otherNames: (text) => readSamplerName(text)?.sampler },
    help: 'How a step is made',
    defaultText: "the model's own",
    chat: false,
  },
  scheduler: {
    type: { kind: 'choice', names: SCHEDULER_NAMES, otherNames: readSchedulerName },
    help: 'How the noise is divided among the steps',
    defaultText: "the model's own",
    chat: false,
  },
  shift: {
    type: { kind: 'number', min: 0, max: LIMITS.shift, above: true },
    help: 'Timestep shift: more spends more steps on the layout',
    defaultText: "the model's own",
    chat: false,
  },
  count: {
    type: { kind: 'integer', min: 1, max: LIMITS.count },
    help: 'How many pictures, as one batch with one seed',
    defaultText: String(DEFAULTS.count),
    chat: true,
  },
  image: {
    type: { kind: 'picture' },
    help: 'A PNG, JPEG or WebP picture to start from',
    chat: true,
    flag: 'init',
  },
  strength: {
    type: { kind: 'number', min: 0, max: 1, above: true },
    help: 'How far to go from the start picture',
    defaultText: `${DEFAULTS.strength}; ${DEFAULTS.repaintStrength} where only a part is painted anew`,
    chat: true,
  },
  mask: {
    type: { kind: 'picture' },
    help: 'A picture over the start picture: white is painted anew, black is kept',
    defaultText: 'its transparent parts',
    chat: true,
  },
  expand: {
    type: { kind: 'borders' },
    help: 'Paint beyond the start picture: pixels by side, such as left:256,right:256',
    defaultText: 'off',
    chat: true,
  },
  upscale: {
    type: { kind: 'number', min: 1, max: LIMITS.upscale, above: true },
    help: 'Make it so many times as wide and high, in a second pass that adds detail',
    defaultText: 'off',
    chat: true,
  },
  'upscale-strength': {
    type: { kind: 'number', min: 0, max: 1, above: true },
    help: 'How far the second pass goes from the first',
    defaultText: String(DEFAULTS.upscaleStrength),
    chat: true,
  },
  lora: {
    type: { kind: 'loras' },
    help: 'LoRA files and their strengths, such as ink:0.8,film',
    defaultText: 'none',
    chat: true,
  },
  control: {
    type: { kind: 'picture' },
    help: 'A picture of lines, depth or light and dark that a ControlNet follows',
    chat: true,
  },
  'control-model': {
    type: { kind: 'file', of: 'controlnet' },
    help: 'The ControlNet, a .safetensors file made for SD3.5 or SD3',
    chat: true,
  },
  'control-strength': {
    type: { kind: 'number', min: 0, max: LIMITS.controlStrength },
    help: 'How strongly it is followed',
    defaultText: String(DEFAULTS.controlStrength),
    chat: true,
  },
  'control-edges': {
    type: { kind: 'switch' },
    help: "Follow the picture's edges (Canny), so that a photo will do",
    defaultText: 'off',
    chat: true,
  },
  slg: {
    type: { kind: 'number', min: 0, max: LIMITS.slgScale, above: true },
    help: 'Skip-layer guidance: its scale (Medium: 2.5 gives cleaner anatomy)',
    defaultText: 'off',
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
    defaultText: 'off',
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
