/** What `--help` prints. */
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../../config/sampling.ts';
import { readStylesFile } from '../../config/styles.ts';
import { FOR_NANO } from '../examples.ts';
import { FILE_FLAGS, OPTION_FLAGS, RUN_FLAGS, type TerminalFlag, WORKFLOW_FLAGS } from './flags.ts';

export function helpText(): string {
  return `Makes a picture from words.

  npm run imagine -- "<prompt>" [flags]

Try, with the model that is built in (it knows some colours and things, and says which words it does not know):

  npm run imagine -- "a red circle on a blue background"
  npm run imagine -- "a purple heart on a white background" --seed 7 --out heart.png
  npm run imagine -- "three red squares on a white background" --count 4
${FOR_NANO.map((prompt) => `  npm run imagine -- "${prompt}"`).join('\n')}

With Stable Diffusion 3.5 in ./models or in a ComfyUI installation (COMFYUI_DIR), everything works:

  npm run imagine -- "a lighthouse in a storm, (dramatic clouds:1.3)" --model large --aspect 3:2 --style painting
  npm run imagine -- "the same place in winter" --init summer.jpg --strength 0.7
  npm run imagine -- --workflow saved-from-comfyui.json --seed 7

What to draw (in brackets: without the flag)
${flagLines(OPTION_FLAGS)}

A ComfyUI workflow instead (docs/workflows.md)
${flagLines(WORKFLOW_FLAGS)}

Model files of your own, instead of --model or for single parts of it
${flagLines(FILE_FLAGS)}

Running and writing
${flagLines(RUN_FLAGS)}

Names
${nameLines(
  'styles',
  readStylesFile().map((style) => style.name),
)}
${nameLines('samplers', SAMPLER_NAMES)}
${nameLines('schedulers', SCHEDULER_NAMES)}

Exit code: 0 the picture was written; 2 something in the command is wrong, and one sentence says what; 1 it failed.
`;
}

const HELP_COLUMN = 24;

function flagLines(flags: readonly TerminalFlag[]): string {
  return flags
    .map(({ name, placeholder, help, defaultText }) => {
      const usage = `  --${name}${placeholder === undefined ? '' : ` ${placeholder}`}`;
      const without = defaultText === undefined ? '' : ` (${defaultText})`;
      return `${usage.padEnd(HELP_COLUMN)}${help}${without}`;
    })
    .join('\n');
}

/** A list of names, wrapped to lines of at most 100 characters. */
function nameLines(title: string, names: readonly string[]): string {
  const lines = [`  ${title}`.padEnd(HELP_COLUMN)];
  for (const [i, name] of names.entries()) {
    const word = i === names.length - 1 ? name : `${name}, `;
    if (lines.at(-1)!.length + word.length > 100) lines.push(' '.repeat(HELP_COLUMN));
    lines.push(lines.pop()! + word);
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
