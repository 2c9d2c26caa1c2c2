/** `/describe`: what made a picture, read from its PNG file; nothing is guessed from what it shows. */
import { Fault } from '../config/faults.ts';
import type { Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import { type PictureStory, readStory } from '../pipeline/image/picture-story.ts';
import type { Command, Reply, ReplyField } from './command.ts';
import { formatCommand } from './format-command.ts';
import { fetchPictures } from './imagine.ts';
import type { Installation } from './installation.ts';
import { withoutMentions } from './mentions.ts';
import { OPTIONS } from './options.ts';
import { storyOptions } from './story-options.ts';

/** Of another program's settings, which may be any number. */
const SETTINGS = 20;

export const describe: Command = {
  name: 'describe',
  description: new Phrase('command.describe.description'),
  options: {
    image: {
      type: OPTIONS.image.type,
      help: new Phrase('option.describe.image'),
      required: true,
      chat: true,
    },
  },
  async run(given, context) {
    const { image } = await fetchPictures(given, context);
    if (image === undefined) throw new Fault('option.missing', { option: 'image' });
    const story = image instanceof Uint8Array ? readStory(image) : undefined;
    if (story === undefined) throw new Fault('story.none', {});
    return tell(story, context.installation, context.language);
  },
};

function tell(
  { infotext, ours, hasWorkflow }: PictureStory,
  installation: Pick<Installation, 'models'>,
  language: Language,
): Reply {
  const carries = hasWorkflow ? [say(language, 'describe.workflow', { command: '/remake' })] : [];
  if (infotext === undefined) return { private: true, lines: carries };
  const { prompt, negative, settings } = infotext;
  const field = (name: string, value: string): ReplyField[] =>
    value === '' ? [] : [{ name: withoutMentions(name), value: withoutMentions(value) }];
  const told = [...settings].slice(0, SETTINGS).flatMap(([name, value]) => field(name, value));
  return {
    private: true,
    title: say(language, ours ? 'describe.ours' : 'describe.theirs'),
    lines: [withoutMentions(prompt), ...carries],
    fields: [
      ...field(say(language, 'settings.negative'), negative),
      ...told,
      ...field(say(language, 'show.command'), formatCommand(storyOptions(infotext, ours, installation))),
    ],
  };
}
