/** `/remake`: a picture made again from what its file tells: its settings, or the workflow that it carries. */
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import { type PictureStory, readStory } from '../pipeline/image/picture-story.ts';
import type { Command, CommandContext, CommandOptions, CommandResult, Given } from './command.ts';
import { CHAT_OPTIONS, fetchPictures, imagine } from './imagine.ts';
import type { WorkflowChanges } from './installation.ts';
import { OPTIONS, type OptionName, type RawOptions } from './options.ts';
import { readOption } from './read-option.ts';
import { storyOptions } from './story-options.ts';

const { image: _, mask: __, strength: ___, expand: ____, prompt: _____, ...SETTINGS } = CHAT_OPTIONS;

const REMAKE_OPTIONS: CommandOptions = {
  image: {
    type: OPTIONS.image.type,
    help: new Phrase('option.remake.image'),
    required: true,
    chat: true,
  },
  prompt: {
    type: OPTIONS.prompt.type,
    help: new Phrase('option.remake.prompt'),
    defaultText: new Phrase('without.remake.prompt'),
    chat: true,
  },
  ...SETTINGS,
};

/** Settings that only say what a picture started from or went through: without its pictures they say too little. */
const TOLD_IN_PART = ['Denoising strength', 'Hires resize', 'ControlNet 0'];
/** Options that a workflow has a node for. */
const IN_WORKFLOWS = [
  'prompt',
  'negative',
  'seed',
  'steps',
  'cfg',
  'size',
  'count',
] as const satisfies OptionName[];

export const remake: Command = {
  name: 'remake',
  description: new Phrase('command.remake.description'),
  options: REMAKE_OPTIONS,
  words: 'prompt',
  draws: true,
  async run(given, context) {
    const { image, ...changes } = await fetchPictures(given, context);
    if (image === undefined) throw new Fault('option.missing', { option: 'image' });
    const story = image instanceof Uint8Array ? readStory(image) : undefined;
    if (story === undefined) throw new Fault('story.none', {});
    if (tellsAll(story) || !story.hasWorkflow) return remakeFromWords(story, changes, context);
    return remakeFromWorkflow(image as Uint8Array, changes, context);
  },
};

/** What we wrote ourselves into words says everything, unless it started from pictures. */
function tellsAll({ ours, infotext }: PictureStory): boolean {
  return ours && infotext !== undefined && !TOLD_IN_PART.some((name) => infotext.settings.has(name));
}

function remakeFromWords(
  { infotext, ours }: PictureStory,
  changes: Given,
  context: CommandContext,
): Promise<CommandResult> {
  const told = storyOptions(infotext!, ours, context.installation);
  // Another model, or another shape, goes by its own figures.
  const { size, ...rest } = told;
  const shape = changes.aspect === undefined && size !== undefined ? { size } : {};
  return imagine.run({ ...rest, ...shape, ...changes }, context);
}

async function remakeFromWorkflow(
  png: Uint8Array,
  changes: Given,
  { installation, jobs }: CommandContext,
): Promise<CommandResult> {
  if (installation.readWorkflow === undefined) throw new Fault('workflow.off', {});
  const stray = Object.keys(changes).find((name) => !IN_WORKFLOWS.some((one) => one === name));
  if (stray !== undefined) {
    const allowed = IN_WORKFLOWS.filter((name) => OPTIONS[name].chat).join(', ');
    throw new Fault('option.unknown', { option: stray, hint: new Phrase('hint.allowed', { allowed }) });
  }
  const read = Object.entries(changes as RawOptions).map(([name, raw]) => [
    name,
    readOption(name as OptionName, raw!, name),
  ]);
  const request = await installation.readWorkflow(
    png,
    Object.fromEntries(read) as WorkflowChanges,
    jobs.ownPicture,
  );
  const { prompt: words, negative, seed } = request;
  const kept = { prompt: words, seed, ...(negative === '' ? {} : { negative }) };
  return { job: (await jobs.submit({ request, options: kept })).id };
}
