/** What somebody asked `/imagine` for, made into a request in which every value is decided and checked. */
import { DEFAULTS, LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { ModelDefaults } from '../config/models.ts';
import type { SchedulerName } from '../config/sampling.ts';
import { readSamplerName } from '../config/sampling-names.ts';
import { applyStyle, type Style } from '../config/styles.ts';
import type { ModelFiles, PictureControl, PictureRequest, SkipLayerGuidance } from '../pipeline/request.ts';
import { chooseUpscale } from './choose-upscale.ts';
import { takeLoraTags } from './lora-tags.ts';
import {
  type NamedLora,
  OPTION_NAMES,
  type OptionName,
  type OptionValue,
  type RawOptions,
} from './options.ts';
import { readOption } from './read-option.ts';
import { chooseStart, type PictureFacts } from './start-picture.ts';
import { drawWildcards } from './wildcards.ts';

/** A model that is installed and may be used. */
export interface ChosenModel {
  readonly name: string;
  readonly files: ModelFiles;
  readonly defaults: ModelDefaults;
  /** Pixels of the longest side that its position table reaches. */
  readonly maxSide: number;
  /** Joint blocks, for skip-layer guidance. */
  readonly depth: number;
  /** Text encoders that it draws without. */
  readonly without?: readonly ('clip_l' | 'clip_g' | 't5xxl')[];
  /** LoRA files that belong to it, absolute paths, applied before those of a prompt. */
  readonly loras?: PictureRequest['loras'];
}

/** What the command is handed. */
export interface ImagineContext {
  readonly styles: readonly Style[];
  /** The named model, or the default one. @throws Fault models.*, weights.* */
  chooseModel(name: string | undefined, label: string): ChosenModel;
  /** Proves that a picture can be decoded. @throws Fault image.* */
  checkPicture(bytes: Uint8Array, label: string): Promise<PictureFacts>;
  /** Refuses numbers that cannot be computed with; absent where that is found out later. @throws Fault `sampling.impossible`, `prompt.weight` */
  checkNumbers?(request: Numbers): Promise<void>;
  /** Words that a model was never taught; absent where that is known of no model. */
  unknownWords?(request: Pick<PictureRequest, 'prompt' | 'negative' | 'cfg' | 'model'>): readonly string[];
  /** Refuses words that are not allowed here; absent where nobody else is asked. @throws Fault `safety.words` */
  checkWords?(option: 'prompt' | 'negative', words: string): void;
  /** The path of a LoRA file by its name; absent where nobody may use them. @throws Fault `lora.missing` */
  findLora?(name: string): string;
  /** Refuses files that change nothing in a model. @throws Fault `lora.no_change`, weights.* */
  checkLoras?(loras: NonNullable<PictureRequest['loras']>, model: ChosenModel): void;
  /** The path of a ControlNet by its name; absent where nobody may use them. @throws Fault `file.unreadable` */
  findControlNet?(name: string): string;
  /** A whole number, 0 .. 2^53-1. */
  randomSeed(): number;
  newId(): string;
  /** What the surface calls an option, for sentences. */
  label(name: OptionName): string;
}

/** What decides whether a request can be computed. */
export type Numbers = Pick<
  PictureRequest,
  'prompt' | 'negative' | 'steps' | 'cfg' | 'sampler' | 'scheduler' | 'shift'
> & { readonly strength?: number };

type Options = { readonly [N in OptionName]?: OptionValue<N> };

/**
 * The request for the given options; previews and tensors are for the caller to ask for on top.
 * @throws Fault `option.*`, `models.*`, `weights.*`, `image.*`
 */
export async function readImagine(raw: RawOptions, context: ImagineContext): Promise<PictureRequest> {
  const { label } = context;
  const options = readOptions(raw, label);
  refuseContradictions(options, label);
  const style = chooseStyle(options.style, context.styles, label('style'));
  const seed = options.seed ?? context.randomSeed();
  const drawn = drawWords(options, seed, context);
  const model = context.chooseModel(options.model, label('model'));
  const slg = chooseSkipLayerGuidance(options, model, label);
  const { words: prompt, loras: asked } = takeLoras(drawn.prompt, options.lora, context);
  if (asked.length > 0) context.checkLoras?.(asked, model);
  const loras = [...(model.loras ?? []), ...asked];
  const numbers = {
    steps: options.steps ?? model.defaults.steps,
    cfg: options.cfg ?? model.defaults.cfg,
    sampler: options.sampler ?? model.defaults.sampler,
    scheduler: options.scheduler ?? schedulerIn(raw.sampler) ?? model.defaults.scheduler,
    shift: options.shift ?? model.defaults.shift,
  };
  const words = isKnown(style, { ...model, cfg: numbers.cfg }, context)
    ? applyStyle(style, prompt, drawn.negative)
    : { prompt, negative: drawn.negative };
  const strength = options.image && { strength: options.strength ?? DEFAULTS.strength };
  await context.checkNumbers?.({ ...words, ...numbers, ...strength });
  const facts = await checkPictures(options, context);
  const { size, init } = chooseStart(options, facts, model, label);
  const upscale = chooseUpscale(options.upscale, options['upscale-strength'], size, model, label);
  if (upscale) await context.checkNumbers?.({ ...words, ...numbers, strength: upscale.strength });
  const control = chooseControl(options, context);
  return {
    id: context.newId(),
    model: { name: model.name, files: model.files },
    ...words,
    ...size,
    seed,
    ...numbers,
    count: options.count ?? DEFAULTS.count,
    ...(init && { init }),
    ...(upscale && { upscale }),
    ...(slg && { slg }),
    ...(options.fast && { fast: true }),
    ...(loras.length > 0 && { loras }),
    ...(control && { control }),
    previews: true,
    keepTensors: false,
  };
}

/** A1111's names of samplers may say the scheduler, too; one that is given itself wins. */
function schedulerIn(sampler: RawOptions['sampler']): SchedulerName | undefined {
  return typeof sampler === 'string' ? readSamplerName(sampler)?.scheduler : undefined;
}

function readOptions(raw: RawOptions, label: ImagineContext['label']): Options {
  const given = OPTION_NAMES.filter((name) => raw[name] !== undefined);
  if (!given.includes('prompt')) throw new Fault('option.missing', { option: label('prompt') });
  return Object.fromEntries(
    given.map((name) => [name, readOption(name, raw[name]!, label(name))]),
  ) as Options;
}

function refuseContradictions(options: Options, label: ImagineContext['label']): void {
  if (options.size !== undefined && options.aspect !== undefined) {
    throw new Fault('option.conflict', { option: label('size'), other: label('aspect') });
  }
  const shape = (['size', 'aspect'] as const).find((name) => options[name] !== undefined);
  if (options.expand !== undefined && shape !== undefined) {
    throw new Fault('option.conflict', { option: label('expand'), other: label(shape) });
  }
  const needed: [OptionName, OptionName][] = [
    ['strength', 'image'],
    ['mask', 'image'],
    ['expand', 'image'],
    ['upscale-strength', 'upscale'],
    ['control', 'control-model'],
    ['control-model', 'control'],
    ['control-strength', 'control'],
    ['control-edges', 'control'],
    ['slg-layers', 'slg'],
    ['slg-start', 'slg'],
    ['slg-end', 'slg'],
  ];
  for (const [option, needs] of needed) {
    if (options[option] !== undefined && options[needs] === undefined) {
      throw new Fault('option.needs', { option: label(option), needs: label(needs) });
    }
  }
}

/** Prompt and negative prompt with their wildcards drawn by the seed; checked again where another text results. */
function drawWords(options: Options, seed: number, { label, checkWords }: ImagineContext) {
  const draw = (name: 'prompt' | 'negative', stream: number) => {
    const given = options[name] ?? DEFAULTS.negative;
    const drawn = drawWildcards(given, seed, stream);
    checkWords?.(name, given);
    if (drawn === given) return given;
    checkWords?.(name, drawn);
    return readOption(name, drawn, label(name));
  };
  return { prompt: draw('prompt', 0), negative: draw('negative', 1) };
}

/** The prompt without its LoRA tags, and the files that these and the option name. */
function takeLoras(prompt: string, given: readonly NamedLora[] = [], { findLora, label }: ImagineContext) {
  if (!findLora) {
    if (given.length > 0) throw new Fault('lora.off', { option: label('lora') });
    return { words: prompt, loras: [] };
  }
  const { words, loras } = takeLoraTags(prompt);
  const all = [...given, ...loras];
  if (all.length > LIMITS.loras) {
    const allowed = new Phrase('allowed.so_many', { n: LIMITS.loras });
    throw new Fault('option.value', { option: label('lora'), value: String(all.length), allowed });
  }
  return { words, loras: all.map(({ name, strength }) => ({ file: findLora(name), strength })) };
}

/** All pictures proven to be some; what the start picture told. */
async function checkPictures({ image, mask, control }: Options, { checkPicture, label }: ImagineContext) {
  const facts = image && (await checkPicture(image, label('image')));
  if (mask) await checkPicture(mask, label('mask'));
  if (control) await checkPicture(control, label('control'));
  return facts;
}

function chooseControl(
  options: Options,
  { findControlNet, label }: ImagineContext,
): PictureControl | undefined {
  const { control: image, 'control-model': name } = options;
  if (image === undefined || name === undefined) return undefined;
  const file = findControlNet?.(name);
  if (file === undefined) {
    const option = label('control-model');
    throw new Fault('file.unreadable', { option, file: name, problem: 'does not exist' });
  }
  const strength = options['control-strength'] ?? DEFAULTS.controlStrength;
  return { file, image, strength, edges: options['control-edges'] ?? false };
}

/** Whether a model was taught a style's words: what it does not know would only spoil what it does. */
function isKnown(
  style: Style,
  { name, files, cfg }: Pick<ChosenModel, 'name' | 'files'> & { readonly cfg: number },
  { unknownWords }: Pick<ImagineContext, 'unknownWords'>,
): boolean {
  const unknown = unknownWords?.({ ...applyStyle(style, '', ''), cfg, model: { name, files } });
  return unknown === undefined || unknown.length === 0;
}

/** Whether a request was made without the words of the style that was asked for, since its model does not know them. */
export function isStyleLeftOut(
  name: RawOptions['style'],
  { model, cfg }: PictureRequest,
  context: Pick<ImagineContext, 'styles' | 'unknownWords'>,
): boolean {
  const style = chooseStyle(name === undefined ? undefined : String(name), context.styles, 'style');
  return !isKnown(style, { ...model, cfg }, context);
}

/** The style of that name, whatever its case; without a name, and as `none` in any case, the one that changes nothing. @throws Fault `option.value` */
export function chooseStyle(name: string | undefined, styles: readonly Style[], label: string): Style {
  const value = name ?? DEFAULTS.style;
  const wanted = value.toLowerCase();
  const found = styles.find((style) => style.name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  if (wanted === DEFAULTS.style) return { name: DEFAULTS.style, prompt: '', negative: '' };
  const allowed = styles.map((style) => style.name).join(', ');
  throw new Fault('option.value', { option: label, value, allowed });
}

function chooseSkipLayerGuidance(
  options: Options,
  model: ChosenModel,
  label: ImagineContext['label'],
): SkipLayerGuidance | undefined {
  if (options.slg === undefined) return undefined;
  const layers = options['slg-layers'] ?? DEFAULTS.slgLayers;
  const start = options['slg-start'] ?? DEFAULTS.slgStart;
  const end = options['slg-end'] ?? DEFAULTS.slgEnd;
  if (layers.some((layer) => layer >= model.depth)) {
    throw new Fault('option.value', {
      option: label('slg-layers'),
      value: layers.join(','),
      allowed: new Phrase('allowed.blocks', { last: model.depth - 1, model: model.name }),
    });
  }
  if (start >= end) {
    throw new Fault('option.value', {
      option: label('slg-end'),
      value: String(end),
      allowed: new Phrase('allowed.above_other', { option: label('slg-start'), value: start }),
    });
  }
  return { scale: options.slg, layers, start, end };
}
