/** The terminal's flags: those of the shared options, and those that only make sense on a machine of one's own. */
import {
  OPTION_NAMES,
  OPTIONS,
  type Option,
  type OptionName,
  type OptionType,
} from '../../commands/options.ts';
import type { Flag } from '../../commands/parse-flags.ts';
import { allowedValues } from '../../commands/read-option.ts';
import type { Words } from '../../config/messages.ts';
import { DEVICE_ALLOWED } from '../../config/settings.ts';

export interface TerminalFlag extends Flag {
  /** What stands for the value on the help page; absent for a switch. */
  readonly placeholder?: string;
  /** Said when somebody asks: that takes longer than reading a command line. */
  readonly help: Words;
  /** What applies without it. */
  readonly defaultText?: Words;
}

const PLACEHOLDERS: Readonly<Record<OptionType['kind'], string>> = {
  text: 'TEXT',
  name: 'NAME',
  choice: 'NAME',
  integer: 'N',
  number: 'X',
  size: 'WxH',
  aspect: 'A:B',
  layers: 'N,N,...',
  borders: 'SIDE:N,...',
  loras: 'FILE[:X]',
  file: 'FILE',
  switch: '',
  picture: 'FILE',
};

/** The flag of an option, without dashes; the prompt is no flag. */
export function flagOf(name: OptionName): string {
  const option: Option = OPTIONS[name];
  return option.flag ?? name;
}

/** What sentences call an option here. */
export function labelOf(name: OptionName): string {
  return name === 'prompt' ? 'The prompt' : `--${flagOf(name)}`;
}

export const OPTION_FLAGS: readonly TerminalFlag[] = OPTION_NAMES.filter((name) => name !== 'prompt').map(
  (name) => {
    const { type, help, defaultText }: Option = OPTIONS[name];
    const flag = { name: flagOf(name), help, ...(defaultText !== undefined && { defaultText }) };
    if (type.kind === 'switch') return flag;
    return {
      ...flag,
      placeholder: PLACEHOLDERS[type.kind],
      ...(type.kind === 'loras' && { isList: true }),
      allowed: type.kind === 'picture' ? 'the path of a PNG, JPEG or WebP file' : allowedValues(type),
    };
  },
);

const file = (name: string, help: string): TerminalFlag => ({
  name,
  placeholder: 'FILE',
  allowed: 'the path of a file',
  help,
});
const folder = (name: string, help: string): TerminalFlag => ({
  name,
  placeholder: 'DIR',
  allowed: 'the path of a folder',
  help,
});

/** Runs in place of what the options say; they take the place of its values. */
export const WORKFLOW_FLAGS = [
  file('workflow', 'Run this ComfyUI workflow (JSON, or a PNG that carries one); flags beside it change it'),
] as const;

/** Files to run instead of a named model. */
export const FILE_FLAGS = [
  file('checkpoint', 'Run this .safetensors or .gguf file, sharded index, one shard, or diffusers folder'),
  file('vae', 'Its VAE, where the checkpoint has none'),
  file('clip-l', 'Its CLIP-L text encoder, where the checkpoint has none (zeros without)'),
  file('clip-g', 'Its CLIP-G text encoder, where the checkpoint has none (zeros without)'),
  file('t5', 'Its T5-XXL text encoder, where the checkpoint has none (runs without)'),
  folder('tokenizers', 'Folder with clip_vocab.json, clip_merges.txt, t5_tokenizer.json (built in)'),
  file('geometry', 'JSON with what shapes do not tell about unusual models; real ones need none'),
] as const;

/** Where to run and what to write. */
export const RUN_FLAGS = [
  {
    name: 'device',
    placeholder: 'NAME',
    allowed: DEVICE_ALLOWED,
    help: 'cpu, webgpu or cuda:N (the best that works)',
  },
  file('out', 'The picture to write (SEED.png in this folder); with --count, -1, -2... before the ending'),
  folder('previews', "Keep each step's preview there as step-NN.png"),
  file('save-latents', 'Write latents, noise, sigmas and text encodings as .safetensors'),
  { name: 'json', help: 'Print one line of JSON about the picture' },
  { name: 'help', help: 'Print this' },
] as const satisfies readonly TerminalFlag[];

export const ALL_FLAGS: readonly TerminalFlag[] = [
  ...OPTION_FLAGS,
  ...WORKFLOW_FLAGS,
  ...FILE_FLAGS,
  ...RUN_FLAGS,
];
