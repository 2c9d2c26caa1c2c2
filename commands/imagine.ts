/** `/imagine`: words to a picture. The answer is a job, whose message develops by itself. */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import { readStory } from '../pipeline/image/picture-story.ts';
import { withControlKind } from './attached-pictures.ts';
import type { Command, CommandContext, CommandOptions, Given } from './command.ts';
import { finalModelOf } from './final-model.ts';
import type { KeptOptions } from './job-service.ts';
import { OPTION_NAMES, OPTIONS, PICTURE_NAMES, type RawOptions } from './options.ts';
import { withPersonalDefaults } from './personal-defaults.ts';
import { isStyleLeftOut, readImagine } from './read-imagine.ts';
import { withServerDefaults } from './server-rules.ts';

/** The options that the chats offer; the rest is for the terminal and for scripts. */
export const CHAT_OPTIONS: CommandOptions = Object.fromEntries(
  OPTION_NAMES.filter((name) => OPTIONS[name].chat).map((name) => [name, OPTIONS[name]]),
);

export const imagine: Command = {
  name: 'imagine',
  description: new Phrase('command.imagine.description'),
  options: CHAT_OPTIONS,
  words: 'prompt',
  draws: true,
  async run(given, context) {
    const { jobs, installation, remixOf } = context;
    const whole = await fetchPictures(withControlKind(given), context);
    const own = withPersonalDefaults(whole, jobs.settings(), installation);
    const raw = withServerDefaults(own, jobs.serverSettings(), installation);
    const label = context.label ?? ((name) => name);
    const request = await readImagine(raw, { ...installation, label });
    const finalModel = finalModelOf(request.model.name, installation.models);
    const { id } = await jobs.submit({
      request,
      options: {
        ...keptOptions(raw, { model: request.model.name, seed: request.seed }),
        ...(isStyleLeftOut(raw.style, request, installation) && { [STYLE_LEFT_OUT]: 'yes' }),
        ...(remixOf === undefined && tellsItsStory(raw.image) && { [IMAGE_TELLS]: 'yes' }),
      },
      ...(finalModel !== undefined && { finalModel }),
      ...(remixOf !== undefined && { remixOf }),
    });
    return { job: id };
  },
};

/** Kept with a job whose model does not know the words of its style, so that its message can say so. */
export const STYLE_LEFT_OUT = 'style-left-out';

/** Kept with a job whose start picture says how it was made, so that its message can say so. */
export const IMAGE_TELLS = 'image-tells';

function tellsItsStory(image: RawOptions['image']): boolean {
  return image instanceof Uint8Array && readStory(image) !== undefined;
}

/** Addresses given as pictures become the bytes behind them. @throws Fault `option.value`, `picture.*`, `image.*` */
export async function fetchPictures(
  given: Given,
  { fetchPicture }: Pick<CommandContext, 'fetchPicture'>,
): Promise<Given> {
  if (fetchPicture === undefined) return given;
  const fetched = PICTURE_NAMES.map(async (name) => {
    const value = given[name];
    return [name, typeof value === 'string' ? await fetchPicture(checkAddress(name, value)) : value] as const;
  });
  const pictures = (await Promise.all(fetched)).filter(([, value]) => value !== undefined);
  return { ...given, ...Object.fromEntries(pictures) };
}

function checkAddress(option: string, address: string): string {
  if (address.length <= LIMITS.address) return address;
  const allowed = new Phrase('allowed.text', { min: 1, max: LIMITS.address, blank: 'no' });
  throw new Fault('option.value', { option, value: address.slice(0, LIMITS.address), allowed });
}

/** What is kept with the job: all that was asked for but its pictures, which are kept as files. */
function keptOptions(raw: RawOptions, decided: { model: string; seed: number }): KeptOptions {
  const kept = Object.entries(raw).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return { ...Object.fromEntries(kept), ...decided };
}
