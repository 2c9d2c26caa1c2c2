/** What a request's body makes of a message, with Discord's rules about components, attachments and flags. */
import { type Attachment, FLAGS, type Json, type JsonObject, type Message, Refusal } from './shapes.ts';
import { allComponents, type World } from './world.ts';

export interface UploadedFile {
  /** `0` of `files[0]`. */
  readonly id: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

const TEXT_DISPLAY = 10;
const MEDIA_GALLERY = 12;

/** Flags that a request may set besides EPHEMERAL, which an answer to an interaction may: of a new message, and of an edit. */
const SETTABLE = { suppressEmbeds: 1 << 2, suppressNotifications: 1 << 12 } as const;

/** Changes the message as the body says; what the body does not name stays. @throws Refusal */
export function writeMessage(
  message: Message,
  body: JsonObject,
  files: readonly UploadedFile[],
  world: World,
): void {
  const isEdit = message.id !== '';
  if (typeof body.flags === 'number') {
    const more = isEdit ? 0 : SETTABLE.suppressNotifications | FLAGS.ephemeral;
    if (body.flags & ~(SETTABLE.suppressEmbeds | FLAGS.componentsV2 | more)) {
      throw invalid('flags', 'Not all of these can be set here');
    }
    if (message.flags & FLAGS.componentsV2 && !(body.flags & FLAGS.componentsV2)) {
      throw invalid('flags', 'The components v2 flag cannot be removed');
    }
    message.flags |= body.flags & FLAGS.componentsV2;
  }
  if (body.content !== undefined) message.content = (body.content as string | null) ?? '';
  if (body.components !== undefined) message.components = (body.components as Json[] | null) ?? [];
  message.attachments = attachmentsAfter(message, body, files, world);
  message.flags &= ~FLAGS.loading;
  message.allowedMentions = body.allowed_mentions ?? null;
  check(message, body);
  checkDefaults(message, world);
}

/** The list in the body is the whole truth; without one, what was there stays, and a new message has all files. */
function attachmentsAfter(
  message: Message,
  body: JsonObject,
  files: readonly UploadedFile[],
  world: World,
): Attachment[] {
  for (const { bytes } of files) {
    if (bytes.length > world.fileLimit) throw new Refusal(413, 40005, 'Request entity too large');
  }
  const fresh = (file: UploadedFile, listed?: JsonObject): Attachment => ({
    id: world.newId(),
    filename: (listed?.filename as string | undefined) ?? file.name,
    description: (listed?.description as string | undefined) ?? null,
    bytes: file.bytes,
  });
  const list = body.attachments as JsonObject[] | null | undefined;
  if (list === undefined || list === null) {
    // Of an edit's files only those that its list names are appended.
    const added = message.id === '' ? files.map((file) => fresh(file)) : [];
    return [...(list === null ? [] : message.attachments), ...added];
  }
  return list.map((listed) => {
    const file = files.find(({ id }) => id === String(listed.id));
    if (file !== undefined) return fresh(file, listed);
    const kept = message.attachments.find(({ id }) => id === String(listed.id));
    if (kept === undefined) throw invalid('attachments', `There is no file for attachment ${listed.id}`);
    return kept;
  });
}

function check(message: Message, body: JsonObject): void {
  const components = allComponents(message.components);
  if (message.flags & FLAGS.componentsV2) {
    if (body.content || body.embeds) throw invalid('content', 'Not allowed with components v2');
    if (message.components.length === 0) throw new Refusal(400, 50006, 'Cannot send an empty message');
    const text = components.filter(({ type }) => type === TEXT_DISPLAY).map(({ content }) => String(content));
    if (text.join('').length > 4000) throw invalid('components', 'More than 4000 characters of text');
  } else if (components.some(({ type }) => Number(type) >= 9)) {
    throw invalid('components', 'Components v2 without their flag');
  } else if (message.content === '' && message.attachments.length === 0) {
    throw new Refusal(400, 50006, 'Cannot send an empty message');
  }
  if (components.length > 40) throw invalid('components', 'More than 40 components');
  const ids = components.flatMap(({ custom_id }) => (custom_id === undefined ? [] : [String(custom_id)]));
  if (new Set(ids).size !== ids.length) throw invalid('components', 'Component custom id is duplicated');
  for (const { items } of components.filter(({ type }) => type === MEDIA_GALLERY)) {
    for (const { media } of items as { media: { url: string } }[]) {
      const [, name] = /^attachment:\/\/(.*)$/.exec(media.url) ?? [];
      const isThere = message.attachments.some(({ filename }) => filename === name);
      if (name !== undefined && !isThere) throw invalid('components', `Unknown file ${media.url}`);
    }
  }
}

/** Nobody has seen what Discord says to a role or a channel that is not there: it is refused here. */
function checkDefaults({ components, channel: { guild } }: Message, world: World): void {
  const known = [guild, ...(guild?.roles ?? []), ...world.channels.filter((one) => one.guild === guild)];
  for (const { default_values = [], min_values = 1, max_values = 1 } of allComponents(components)) {
    const chosen = default_values as JsonObject[];
    const isThere = chosen.every(({ id }) => known.some((one) => one?.id === id));
    const isWithin =
      chosen.length === 0 || (chosen.length >= Number(min_values) && chosen.length <= Number(max_values));
    if (!isThere || !isWithin) throw invalid('components', 'These default values cannot be shown');
  }
}

export function invalid(field: string, message: string): Refusal {
  return new Refusal(400, 50035, 'Invalid Form Body', {
    [field]: { _errors: [{ code: 'INVALID', message }] },
  });
}
