/** What a picture tells of how it was made, as options of `/imagine`. */
import { DEFAULTS, LIMITS } from '../config/defaults.ts';
import { readSamplerName, readSchedulerName } from '../config/sampling-names.ts';
import type { Infotext } from '../pipeline/image/read-infotext.ts';
import type { Given } from './command.ts';
import type { Installation } from './installation.ts';
import { escapeWildcards } from './wildcards.ts';

/** Settings that are an option as they are, by A1111's names and our own. */
const PLAIN: Readonly<Record<string, string>> = {
  Steps: 'steps',
  'CFG scale': 'cfg',
  Seed: 'seed',
  Size: 'size',
  Shift: 'shift',
  'SLG scale': 'slg',
  'SLG layers': 'slg-layers',
  'SLG start': 'slg-start',
  'SLG end': 'slg-end',
  Fast: 'fast',
  'Batch size': 'count',
};

/**
 * Every value that the picture tells, so that nobody's defaults have a say. Its model counts where it is installed here;
 * another program's pictures are drawn by the model that is used here anyway, with that one's own steps and guidance.
 * @param ours made by this program, whose figures mean here what they meant there
 */
export function storyOptions(
  { prompt, negative, settings }: Infotext,
  ours: boolean,
  { models }: Pick<Installation, 'models'>,
): Given {
  const wanted = settings.get('Model')?.toLowerCase();
  const model = models.find(({ name, usable }) => usable && name === wanted)?.name;
  const words = {
    prompt: escapeWildcards(prompt),
    negative: escapeWildcards(negative),
    style: DEFAULTS.style,
  };
  const seed = settings.get('Seed');
  if (!ours || model === undefined) {
    const aspect = aspectOf(settings.get('Size') ?? '');
    return { ...words, ...(seed === undefined ? {} : { seed }), ...(aspect === undefined ? {} : { aspect }) };
  }
  const plain = Object.entries(PLAIN).flatMap(([theirs, option]) => {
    const value = settings.get(theirs);
    return value === undefined ? [] : [[option, value] as const];
  });
  const sampler = readSamplerName(settings.get('Sampler') ?? '')?.sampler;
  const scheduler = readSchedulerName(settings.get('Schedule type') ?? '');
  return {
    ...words,
    model,
    ...Object.fromEntries(plain),
    ...(sampler === undefined ? {} : { sampler }),
    ...(scheduler === undefined ? {} : { scheduler }),
  };
}

/** The shape alone: how large it becomes is for the model here. */
function aspectOf(size: string): string | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size) ?? [];
  const ratio = Number(width) / Number(height);
  return ratio >= 1 / LIMITS.aspect && ratio <= LIMITS.aspect ? `${width}:${height}` : undefined;
}
