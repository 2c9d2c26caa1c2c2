/** `/imagine`: words to a picture. The answer is a job, whose message develops by itself. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { Command, CommandContext, CommandOptions } from './command.ts';
import { finalModelOf } from './final-model.ts';
import { OPTION_NAMES, OPTIONS, type RawOptions } from './options.ts';
import { withPersonalDefaults } from './personal-defaults.ts';
import { readImagine } from './read-imagine.ts';
import { withServerDefaults } from './server-rules.ts';
import type { KeptOptions } from './studio.ts';

/** The options that the chats offer; the rest is for the terminal and for scripts. */
export const CHAT_OPTIONS: CommandOptions = Object.fromEntries(
  OPTION_NAMES.filter((name) => OPTIONS[name].chat).map((name) => [name, OPTIONS[name]]),
);

export const imagine: Command = {
  name: 'imagine',
  description: 'Make a picture from words',
  options: CHAT_OPTIONS,
  words: 'prompt',
  async run(given, context) {
    const { studio, house, remixOf } = context;
    const withImage = await fetchImage(given, context);
    const own = withPersonalDefaults(withImage, studio.settings(), house);
    const raw = withServerDefaults(own, studio.serverSettings(), house);
    const label = context.label ?? ((name) => name);
    const request = await readImagine(raw, { ...house, label });
    const finalModel = finalModelOf(request.model.name, house.models);
    const { id } = await studio.submit({
      request,
      options: keptOptions(raw, { model: request.model.name, seed: request.seed }),
      ...(finalModel !== undefined && { finalModel }),
      ...(remixOf !== undefined && { remixOf }),
    });
    return { job: id };
  },
};

/** An address given as the start picture becomes the bytes behind it. */
async function fetchImage(given: RawOptions, { fetchPicture }: CommandContext): Promise<RawOptions> {
  if (typeof given.image !== 'string' || fetchPicture === undefined) return given;
  if (given.image.length > LIMITS.address) {
    const allowed = new Phrase('allowed.text', { min: 1, max: LIMITS.address, blank: 'no' });
    throw new Fault('option.value', {
      option: 'image',
      value: given.image.slice(0, LIMITS.address),
      allowed,
    });
  }
  return { ...given, image: await fetchPicture(given.image) };
}

/** What is kept with the job: all that was asked for but the picture, which is kept as a file. */
function keptOptions(raw: RawOptions, decided: { model: string; seed: number }): KeptOptions {
  const kept = Object.entries(raw).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return { ...Object.fromEntries(kept), ...decided };
}
