/** The command line as what it asks for: options for the shared command, files, and what to do with the result. */
import { OPTION_NAMES, type OptionName, type RawOptions } from '../../commands/options.ts';
import { parseFlags } from '../../commands/parse-flags.ts';
import { Fault } from '../../config/faults.ts';
import { parseDevice } from '../../pipeline/runtime/devices.ts';
import { ALL_FLAGS, FILE_FLAGS, flagOf } from './flags.ts';

/** Model files as they were typed. */
export interface TypedFiles {
  /** Without it the other files take the place of a named model's, or of a workflow's. */
  readonly checkpoint?: string;
  readonly vae?: string;
  readonly clipL?: string;
  readonly clipG?: string;
  readonly t5?: string;
  readonly tokenizers?: string;
  readonly geometry?: string;
}

/** Paths of pictures by option. */
export type TypedPictures = { readonly [N in PictureName]?: string };
type PictureName = 'image' | 'mask' | 'control';
export const PICTURE_NAMES: readonly PictureName[] = ['image', 'mask', 'control'];

export interface CommandLine {
  readonly help: boolean;
  /** All options but pictures, which are still paths. */
  readonly options: RawOptions;
  readonly pictures: TypedPictures;
  readonly workflow?: string;
  readonly files?: TypedFiles;
  readonly device?: string;
  readonly out?: string;
  readonly previews?: string;
  readonly saveLatents?: string;
  readonly json: boolean;
}

/** @throws Fault `option.*`, `prompt.several` */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { words, values } = parseFlags(argv, ALL_FLAGS);
  const help = values.has('help');
  const [prompt, second] = words;
  if (prompt !== undefined && second !== undefined && !help) {
    throw new Fault('prompt.several', { count: words.length, first: prompt, second });
  }
  const device = values.get('device');
  if (device !== undefined) parseDevice('--device', device);
  const typed = (name: OptionName) => (name === 'prompt' ? prompt : values.get(flagOf(name)));
  const isPicture = (name: OptionName): name is PictureName =>
    (PICTURE_NAMES as readonly OptionName[]).includes(name);
  const options = OPTION_NAMES.filter((name) => !isPicture(name)).map((name) => [name, typed(name)]);
  const pictures = PICTURE_NAMES.map((name) => [name, typed(name)]);
  const present = (pairs: (string | undefined)[][]) =>
    Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
  const workflow = values.get('workflow');
  const files = readFiles(values);
  return {
    help,
    options: present(options) as RawOptions,
    pictures: present(pictures) as TypedPictures,
    ...given('workflow', workflow),
    ...given('files', files),
    ...given('device', device),
    ...given('out', values.get('out')),
    ...given('previews', values.get('previews')),
    ...given('saveLatents', values.get('save-latents')),
    json: values.has('json'),
  };
}

function readFiles(values: ReadonlyMap<string, string>): TypedFiles | undefined {
  const checkpoint = values.get('checkpoint');
  if (!FILE_FLAGS.some(({ name }) => values.has(name))) return undefined;
  return {
    ...given('checkpoint', checkpoint),
    ...given('vae', values.get('vae')),
    ...given('clipL', values.get('clip-l')),
    ...given('clipG', values.get('clip-g')),
    ...given('t5', values.get('t5')),
    ...given('tokenizers', values.get('tokenizers')),
    ...given('geometry', values.get('geometry')),
  };
}

/** `{name: value}`, or nothing where there is no value. */
function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
