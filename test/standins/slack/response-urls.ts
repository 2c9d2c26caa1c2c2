/** What comes back through a response URL, or in the acknowledgement of a command. */
import { contentOf } from './api-chat.ts';
import { isTrue } from './read-request.ts';
import { type JsonObject, Refusal } from './shapes.ts';
import type { ResponseUrl, Triggers } from './triggers.ts';
import type { World } from './world.ts';

/** @throws Refusal after five uses or half an hour */
export async function answerResponseUrl(
  path: string,
  args: JsonObject,
  triggers: Triggers,
  world: World,
): Promise<JsonObject> {
  await respond(triggers.useResponse(path), args, 'response_url', world);
  return { ok: true };
}

/** Posts, replaces or deletes as the body says; only the person sees it unless it is `in_channel`. */
export async function respond(
  to: Pick<ResponseUrl, 'user' | 'channel' | 'source' | 'threadTs'>,
  args: JsonObject,
  via: 'response_url' | 'ack',
  world: World,
): Promise<void> {
  const { user, channel, source } = to;
  if (isTrue(args.delete_original)) {
    if (source === undefined) throw new Refusal('no_original_message');
    source.deleted = true;
    return world.revise(source, 'delete', []);
  }
  const replaces = isTrue(args.replace_original) && source !== undefined && !source.deleted;
  const { text, blocks, images } = await contentOf(args, user.team, world, replaces ? source : undefined);
  if (replaces) {
    source.text = text;
    source.blocks = blocks;
    return world.revise(source, via, images);
  }
  const isPublic = args.response_type === 'in_channel';
  const threadTs = args.thread_ts === undefined ? to.threadTs : String(args.thread_ts);
  const draft = { channel, author: user.team.bot, text, blocks };
  const visibility = isPublic ? {} : { visibleTo: user };
  const thread = threadTs === undefined ? {} : { threadTs };
  world.addMessage({ ...draft, ...visibility, ...thread }, via, images);
}
