/** A command's reply as a Discord message. */
import type { APIComponentInContainer } from 'discord.js';
import type { Reply } from '../../commands/command.ts';
import { viewOfReplyButton } from '../chat/card-view.ts';
import type { Job } from '../jobs/job.ts';
import { shortened } from '../messages/sentences.ts';
import { listed } from './card-message.ts';
import { box, COLOURS, gallery, type Message, picture, rows, text } from './components.ts';
import { harmless } from './escape.ts';

/** Of the 4,000 characters of a message; and what is left when each of ten pictures has a caption. */
const TEXT = 3900;
const TEXT_BESIDE_PICTURES = 2000;
const CAPTION = 180;
const PICTURES = 10;

/** @param find the job of a picture @param read the bytes of a stored file */
export async function showReply(
  reply: Reply,
  find: (id: string) => Job,
  read: (file: string) => Promise<Uint8Array | undefined>,
): Promise<Message> {
  const shown = (reply.pictures ?? []).slice(0, PICTURES).map(async (of) => {
    const name = find(of.job).pictures[of.index]?.file;
    const bytes = name === undefined ? undefined : await read(name);
    return name === undefined || bytes === undefined ? [] : [{ of, name, data: Buffer.from(bytes) }];
  });
  const pictures = (await Promise.all(shown)).flat();
  const most = pictures.length > 0 ? TEXT_BESIDE_PICTURES : TEXT;
  const components: APIComponentInContainer[] = [text(shortened(words(reply), most))];
  for (const job of new Set(pictures.map(({ of }) => of.job))) {
    const its = pictures.filter(({ of }) => of.job === job);
    components.push(...gallery(its.map(({ name, of }) => picture(name, of.alt))));
    components.push(text(`-# ${shortened(harmless(its[0]!.of.caption), CAPTION)}`));
  }
  components.push(...rows((reply.buttons ?? []).map(viewOfReplyButton)));
  const files = pictures.map(({ name, data }) => ({ name, data }));
  return { body: { ...box(COLOURS.plain, components), attachments: listed(files) }, files };
}

function words({ title, lines, fields = [] }: Reply): string {
  return [
    ...(title === undefined ? [] : [`### ${harmless(title)}`]),
    ...lines.map(harmless),
    ...fields.map(({ name, value }) => `**${harmless(name)}** ${harmless(value)}`),
  ].join('\n');
}
