/** Forms: one that was sent (Remix, or a message's picture to start from), and the one that a message's menu opens. */
import { withFlagsInWords } from '../../commands/flags-in-words.ts';
import { imagine } from '../../commands/imagine.ts';
import { readForm } from '../../commands/read-fields.ts';
import { DEFAULTS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { HandlerDependencies } from './chat-dependencies.ts';
import type { Context } from './context.ts';
import { readCustomId } from './custom-id.ts';
import { NOTHING, useForm } from './forms.ts';
import { type AskedFor, imagineWith, onCommand, respond } from './on-command.ts';
import { optionsToKeep } from './remix.ts';

/** The bytes or the address of a message's picture; undefined where it has none. */
export type FindPicture = (channel: string, message: string) => Promise<Uint8Array | string | undefined>;

export interface SentForm {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

export function onForm(
  context: Context,
  form: SentForm,
  findPicture: FindPicture,
  chat: HandlerDependencies,
): Promise<void> {
  return onCommand(context, 'message', chat, () => readRequest(form, findPicture, chat));
}

/** @throws Fault */
async function readRequest(
  { id, fields: filled }: SentForm,
  findPicture: FindPicture,
  { jobs }: HandlerDependencies,
): Promise<AskedFor> {
  const form = readCustomId(id);
  const fields = withoutNothing(filled);
  const given = withFlagsInWords(readForm(fields, imagine), imagine, 'flag');
  if (form?.kind === 'remix_form') {
    return imagineWith(
      { ...optionsToKeep(jobs.find(form.job), { ...fields, ...given }), ...given },
      form.job,
    );
  }
  if (form?.kind !== 'use_form') throw new Fault('job.unknown', {});
  const image = await findPicture(form.channel, form.message);
  if (image === undefined) throw new Fault('image.type', { image: 'The message' });
  return imagineWith({ ...given, image });
}

/** A menu's entry that stands for nothing is an empty field; no style is a style of its own. */
function withoutNothing(fields: SentForm['fields']): SentForm['fields'] {
  const nothing = (name: string) => (name === 'style' ? DEFAULTS.style : '');
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value === NOTHING ? nothing(name) : value]),
  );
}

/** "Use as input image" in a message's menu. @param hasPicture whether the message has one */
export function onUseImage(
  context: Context,
  { channel, message }: { readonly channel: string; readonly message: string },
  hasPicture: boolean,
  chat: HandlerDependencies,
): Promise<void> {
  return respond(context, 'private', chat, async () => {
    if (!hasPicture) throw new Fault('image.type', { image: 'The message' });
    await context.openForm?.(useForm(channel, message, await context.language()));
  });
}
