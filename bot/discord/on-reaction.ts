/** A reaction on a finished picture: reroll, finalize, delete; on messages of any age. */
import { type GatewayMessageReactionAddDispatchData, Routes } from 'discord.js';
import { actionOfReaction } from '../../commands/follow-up.ts';
import { Fault } from '../../config/faults.ts';
import { offers } from '../card.ts';
import type { Job, Person } from '../jobs/job.ts';
import { Channels } from './channels.ts';
import type { Shared } from './parts.ts';
import { dataOf, placeOfReaction, SURFACE } from './place.ts';

export async function onReaction(
  reaction: GatewayMessageReactionAddDispatchData,
  shared: Shared,
): Promise<void> {
  const { user_id, channel_id, message_id, guild_id, member, emoji } = reaction;
  const { desk, botId, log, rules, channels, served, whispers } = shared;
  // A server's own emoji may be called "x" or "repeat" and mean anything.
  if (user_id === botId() || member?.user?.bot || emoji.id) return;
  const action = actionOfReaction(emoji.name ?? '');
  const job = action && desk.findByMessage(SURFACE, message_id);
  if (job === undefined || !offers(job, action!)) return;
  const by: Person = { surface: SURFACE, id: user_id, name: await nameOf(reaction, job, shared) };
  try {
    if (action === 'delete') await desk.delete(job.id, by);
    else if (action === 'reroll' || action === 'finalize') {
      if (guild_id !== undefined && !served.has(guild_id)) throw new Fault('server.not_served', {});
      const found = await channels.find(guild_id, channel_id);
      Channels.mustBeOpen(found);
      const place = placeOfReaction(channel_id, guild_id, message_id, dataOf(job.place).locale);
      const allow = rules.ofReaction(reaction, found.channel);
      await desk.followUp(action, job.id, { by, place, allow });
    }
  } catch (error) {
    if (!(error instanceof Fault)) log.error('a reaction failed', { job: job.id, cause: error });
    // A stranger's cross under a picture is an opinion, not a request.
    else if (error.code === 'job.not_yours') return;
    await whispers.tell(by, error);
  }
}

/** In a direct message a reaction does not say whose it is by name. */
async function nameOf(
  { user_id, member }: GatewayMessageReactionAddDispatchData,
  { by }: Job,
  { calls }: Shared,
): Promise<string> {
  const user = member?.user;
  const told = member?.nick ?? user?.global_name ?? user?.username;
  if (told !== undefined) return told;
  if (by.id === user_id) return by.name;
  const route = Routes.user(user_id);
  const found = (await calls.make({ method: 'get', route }).catch(() => ({}))) as Named;
  return found.global_name ?? found.username ?? 'somebody';
}

interface Named {
  readonly global_name?: string | null;
  readonly username?: string;
}
