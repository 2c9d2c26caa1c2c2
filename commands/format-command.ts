/** Options as the command that somebody would type for them: the inverse of `parse-text.ts`, for "copy as command". */
import { DEFAULTS } from '../config/defaults.ts';
import type { ModelDefaults } from '../config/models.ts';
import { applyStyle, type Style } from '../config/styles.ts';
import type { PictureRequest } from '../pipeline/request.ts';
import { findAspect } from './choose-size.ts';
import type { Given } from './command.ts';
import type { Installation } from './installation.ts';
import type { KeptOptions } from './job-service.ts';
import { formatLoras, loraName, takeLoraTags } from './lora-tags.ts';
import { OPTION_NAMES, OPTIONS, type OptionName } from './options.ts';
import { parseText } from './parse-text.ts';
import { drawWildcards, escapeWildcards } from './wildcards.ts';

const ALL_OPTIONS = { name: 'imagine', options: OPTIONS, words: 'prompt' } as const;

/** Pictures cannot be written, and what belongs to one goes with it. */
const OF_PICTURES: ReadonlySet<OptionName> = new Set([
  'image',
  'strength',
  'mask',
  'expand',
  'control',
  'control-model',
  'control-strength',
  'control-edges',
]);

/** `/imagine a red fox --style anime --seed 42`. */
export function formatCommand(options: Given): string {
  const parts = [`/imagine ${formatPrompt(String(options.prompt ?? ''))}`];
  for (const name of OPTION_NAMES) {
    const value = options[name];
    if (name === 'prompt' || OF_PICTURES.has(name)) continue;
    if (value === undefined || value instanceof Uint8Array) continue;
    parts.push(`--${name} ${formatValue(String(value))}`);
  }
  return parts.join(' ').trimEnd();
}

/** As typed, where that is read back as the same words whatever follows; else in quotation marks. */
function formatPrompt(prompt: string): string {
  return !QUOTES.test(prompt) && readsAs(prompt, prompt) ? prompt : quoted(prompt);
}

const QUOTES = /["“”„‟«»″＂]/;

function readsAs(text: string, prompt: string): boolean {
  try {
    return parseText(text, ALL_OPTIONS).prompt === prompt;
  } catch {
    return false;
  }
}

function formatValue(value: string): string {
  return /^[\p{L}\p{N}][\p{L}\p{N}.,:_-]*$/u.test(value) ? value : quoted(value);
}

function quoted(text: string): string {
  return `"${text.replace(/["“”„‟«»″＂'‘’‚‛＇\\]/g, '\\$&')}"`;
}

export interface Made {
  /** What was asked for. */
  readonly options: KeptOptions;
  /** What was decided. */
  readonly request: Omit<PictureRequest, 'id' | 'init' | 'control' | 'workflow'>;
}

/**
 * The command that makes this picture again, for anybody, whatever their own defaults: what was asked for, where that
 * draws the same words; else (a reroll keeps its words and changes the seed) the words themselves.
 */
export function commandFor(made: Made, { styles, models }: Pick<Installation, 'styles' | 'models'>): string {
  const { options, request } = made;
  const defaults = models.find(({ name }) => name === request.model.name)?.defaults;
  const decided: KeptOptions = { style: 'none', ...optionsOf(request, defaults) };
  if (!drawsTheSame(made, styles)) return formatCommand(decided);
  // Those that were asked for stand in the prompt and in the options.
  const { aspect, size, lora: _, ...rest } = decided;
  const shape = (options.size ?? options.aspect) === undefined ? { aspect, size } : {};
  return formatCommand({ ...rest, negative: undefined, ...shape, ...options, seed: request.seed });
}

function drawsTheSame({ options, request }: Made, styles: readonly Style[]): boolean {
  const { prompt = '', negative = '', style: name = DEFAULTS.style } = options;
  const style = styles.find((one) => one.name.toLowerCase() === String(name).toLowerCase());
  if (style === undefined) return false;
  try {
    const drawn = drawWildcards(String(prompt), request.seed, 0);
    const words = request.loras ? takeLoraTags(drawn).words : drawn;
    const dressed = applyStyle(style, words, drawWildcards(String(negative), request.seed, 1));
    return dressed.prompt === request.prompt && dressed.negative === request.negative;
  } catch {
    return false;
  }
}

/**
 * Every value of a request as an option, so that nobody's default has a say. What only a terminal knows stands there
 * where it differs from the model's own.
 * @param own the model's defaults, where it is still known
 */
function optionsOf(request: Made['request'], own: ModelDefaults | undefined): KeptOptions {
  const { prompt, negative, seed, steps, cfg, count, width, height, sampler, scheduler, shift, slg } =
    request;
  const { loras, upscale, fast } = request;
  const aspect = own && findAspect(request, own);
  return {
    prompt: escapeWildcards(prompt),
    negative: escapeWildcards(negative),
    model: request.model.name,
    seed,
    ...(aspect === undefined ? { size: `${width}x${height}` } : { aspect }),
    steps,
    cfg,
    ...(count !== DEFAULTS.count && { count }),
    ...(sampler !== own?.sampler && { sampler }),
    ...(scheduler !== own?.scheduler && { scheduler }),
    ...(shift !== own?.shift && { shift }),
    ...(loras && {
      lora: formatLoras(loras.map(({ file, strength }) => ({ name: loraName(file), strength }))),
    }),
    // Rounded up, so that the sides that it gives are these.
    ...(upscale && {
      upscale: Math.ceil(Math.max(upscale.width / width, upscale.height / height) * 1e4) / 1e4,
      'upscale-strength': upscale.strength,
    }),
    ...(slg && {
      slg: slg.scale,
      'slg-layers': slg.layers.join(','),
      'slg-start': slg.start,
      'slg-end': slg.end,
    }),
    ...(fast && { fast: 'yes' }),
  };
}
