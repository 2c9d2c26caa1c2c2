/** Events: a mention of the bot, a reaction on a picture. Both have only private answers, in the channel. */
import { fromSlack } from '../../commands/dialects.ts';
import { actionOfReaction } from '../../commands/follow-up.ts';
import { findCommand, parseLine, type TypedCommand } from '../../commands/index.ts';
import { offers } from '../card.ts';
import { pause } from '../clock.ts';
import { answering, askingOf, type Heard } from './answering.ts';
import { runTyped } from './on-command.ts';
import type { Shared } from './parts.ts';
import { addressIn, type MessageFile } from './pictures.ts';
import { dataOf } from './place.ts';

/** Milliseconds after which a message of ours is known. */
const SOON = 500;

/** What is around every event. */
export interface EventBody<Event> {
  readonly event_id: string;
  readonly team_id: string;
  readonly enterprise_id?: string | null;
  readonly authorizations?: readonly {
    readonly team_id?: string | null;
    readonly enterprise_id?: string | null;
  }[];
  readonly event: Event;
}

export interface Mention {
  readonly user?: string;
  readonly bot_id?: string;
  readonly text: string;
  readonly channel: string;
  readonly thread_ts?: string;
  readonly files?: readonly MessageFile[];
}

export interface Reaction {
  readonly user: string;
  readonly reaction: string;
  /** Whose message it is. */
  readonly item_user?: string;
  readonly item: { readonly type: string; readonly channel?: string; readonly ts?: string };
}

/** The workspace of an event: that of the installation, which may have another name than the sender's. */
export function homeOfEvent({ team_id, enterprise_id, authorizations }: EventBody<unknown>) {
  const [own] = authorizations ?? [];
  const enterprise = own?.enterprise_id ?? enterprise_id;
  return { team: own?.team_id ?? team_id, ...(enterprise ? { enterprise } : {}) };
}

export async function onMention(body: EventBody<Mention>, botUser: string, shared: Shared): Promise<void> {
  const { user, bot_id, text, channel, thread_ts: thread, files } = body.event;
  if (user === undefined || bot_id !== undefined) return;
  const heard = await heardOf(body, user, channel, thread, shared);
  return answering(heard, shared, async (answer) => {
    const typed = readMention(text, botUser);
    const image = addressIn(files);
    const isWithout = image === undefined || typed.command.words !== 'prompt' || 'image' in typed.given;
    const given = isWithout ? typed.given : { ...typed.given, image };
    await runTyped({ ...typed, given }, heard, answer, shared);
  });
}

/** The words are a prompt, unless they are a command's name, alone or with flags. @throws Fault as `parseLine` */
export function readMention(text: string, botUser: string): TypedCommand {
  const words = fromSlack(toldToBot(text, botUser)).trim();
  if (words === '') return parseLine('/help');
  const [, name = '', rest = ''] = /^\/?([\p{L}-]+)\s*([\s\S]*)$/u.exec(words) ?? [];
  const isCommand = findCommand(name) !== undefined && (/^(-|—|$)/.test(rest) || words.startsWith('/'));
  if (isCommand || /^imagine\s/i.test(words)) return parseLine(`/${words.replace(/^\//, '')}`);
  return parseLine(`/imagine ${words}`);
}

/** What stands after the first mention of the bot; "hey" before it is for the bot, not for the picture. All of it where nothing else follows. */
function toldToBot(text: string, botUser: string): string {
  const parts = text.split(new RegExp(`<@${botUser}(?:\\|[^>]*)?>`));
  const [before = '', ...rest] = parts;
  const after = rest.join(' ');
  const isOnlyFlags = /^\s*(?:$|--|—)/.test(after);
  return isOnlyFlags ? `${before} ${after}` : after;
}

export async function onReaction(body: EventBody<Reaction>, botUser: string, shared: Shared): Promise<void> {
  const { user, reaction, item, item_user } = body.event;
  const action = actionOfReaction(reaction);
  if (action === undefined || item.channel === undefined || item.ts === undefined) return;
  const { desk, jobsByMessage, clock } = shared;
  // Somebody may be faster than Slack's answer to our posting of the message.
  if (item_user === botUser && jobsByMessage.find(item.channel, item.ts) === undefined)
    await pause(clock, SOON);
  const job = jobsByMessage.find(item.channel, item.ts);
  if (job === undefined || !offers(job, action)) return;
  const heard = await heardOf(body, user, item.channel, dataOf(job.place).thread, shared);
  return answering(heard, shared, async () => {
    const asking = await askingOf(heard, shared);
    if (action === 'delete') await desk.delete(job.id, asking.by);
    else if (action === 'reroll' || action === 'finalize') await desk.followUp(action, job.id, asking);
  });
}

async function heardOf(
  body: EventBody<unknown>,
  user: string,
  channel: string,
  thread: string | undefined,
  { people }: Shared,
): Promise<Heard> {
  const home = homeOfEvent(body);
  const { name } = await people.find(home, user);
  return { key: `slack:${body.event_id}`, name, spot: { ...home, channel, thread, user } };
}
