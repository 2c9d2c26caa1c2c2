/** A command's reply as a Discord message. */
import type { RawFile } from 'discord.js';
import type { Reply, ReplyPicture } from '../../commands/command.ts';
import { typedId } from '../chat/custom-id.ts';
import type { Job } from '../jobs/job.ts';
import { shortened } from '../messages/sentences.ts';
import type { Body } from './calls.ts';
import { box, button, COLOURS, type Component, gallery, picture, rows, text } from './components.ts';
import { harmless } from './escape.ts';

/** Of the 4,000 characters of a message; and what is left when each of ten pictures has a caption. */
const TEXT = 3900;
const TEXT_BESIDE_PICTURES = 2000;
const CAPTION = 180;
const PICTURES = 10;
const ALT = 1024;
const LABEL = 80;

/** @param find the job of a picture @param read the bytes of a stored file */
export async function showReply(
  reply: Reply,
  find: (id: string) => Job,
  read: (file: string) => Promise<Uint8Array | undefined>,
): Promise<{ body: Body; files: readonly RawFile[] }> {
  const shown = (reply.pictures ?? []).slice(0, PICTURES);
  const found = await Promise.all(shown.map((one) => readOne(one, find, read)));
  const pictures = found.flatMap((one) => one ?? []);
  const files = pictures.map(({ file }) => file);
  const most = pictures.length > 0 ? TEXT_BESIDE_PICTURES : TEXT;
  const components: Component[] = [text(shortened(words(reply), most))];
  for (const job of new Set(pictures.map(({ of }) => of.job))) {
    const its = pictures.filter(({ of }) => of.job === job);
    components.push(gallery(its.map(({ file, of }) => picture(file.name, shortened(of.alt, ALT)))));
    components.push(text(`-# ${shortened(harmless(its[0]!.of.caption), CAPTION)}`));
  }
  const buttons = (reply.buttons ?? []).map(({ label, types, look }) =>
    button(shortened(label, LABEL), typedId(types), look),
  );
  components.push(...rows(buttons));
  const attachments = files.map(({ name }, id) => ({ id: String(id), filename: name }));
  return { body: { ...box(COLOURS.plain, components), attachments }, files };
}

interface FoundPicture {
  readonly of: ReplyPicture;
  readonly file: RawFile;
}

async function readOne(
  of: ReplyPicture,
  find: (id: string) => Job,
  read: (file: string) => Promise<Uint8Array | undefined>,
): Promise<FoundPicture | undefined> {
  const file = find(of.job).pictures[of.index]?.file;
  const bytes = file === undefined ? undefined : await read(file);
  if (file === undefined || bytes === undefined) return undefined;
  return { of, file: { name: file, data: Buffer.from(bytes) } };
}

function words({ title, lines, fields = [] }: Reply): string {
  return [
    ...(title === undefined ? [] : [`### ${harmless(title)}`]),
    ...lines.map(harmless),
    ...fields.map(({ name, value }) => `**${harmless(name)}** ${harmless(value)}`),
  ].join('\n');
}
