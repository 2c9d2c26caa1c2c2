/** A reaction on a finished picture: reroll, finalize, delete; on messages of any age. */
import { type GatewayMessageReactionAddDispatchData, Routes } from 'discord.js';
import { actionOfReaction } from '../../commands/follow-up.ts';
import { Fault } from '../../config/faults.ts';
import { languageOfPerson } from '../chat/run-command.ts';
import { offers } from '../jobs/followed.ts';
import type { Person } from '../jobs/job.ts';
import { NO_MENTIONS } from './components.ts';
import type { Shared } from './dependencies.ts';
import { sentenceOf } from './escape.ts';
import { dataOf, placeOfReaction, SURFACE } from './place.ts';

export async function onReaction(
  reaction: GatewayMessageReactionAddDispatchData,
  shared: Shared,
): Promise<void> {
  const { user_id, channel_id, message_id, guild_id, member, emoji } = reaction;
  const { jobs, botId, log, rules } = shared;
  if (user_id === botId() || member?.user?.bot) return;
  const action = actionOfReaction(emoji.name ?? '');
  const job = action && jobs.findByMessage(SURFACE, message_id);
  if (job === undefined || !offers(job, action!)) return;
  const user = member?.user;
  const name = member?.nick ?? user?.global_name ?? user?.username ?? 'somebody';
  const by: Person = { surface: SURFACE, id: user_id, name };
  try {
    if (action === 'delete') await jobs.delete(job.id, by);
    else if (action === 'reroll' || action === 'finalize') {
      const place = placeOfReaction(channel_id, guild_id, message_id, dataOf(job.place).locale);
      await jobs.followUp(action, job.id, { by, place, allow: rules.ofReaction(reaction) });
    }
  } catch (error) {
    if (!(error instanceof Fault)) log.error('a reaction failed', { job: job.id, cause: error });
    await tellPrivately(by, error, shared).catch((cause: unknown) => {
      log.debug('a refusal could not be told', { job: job.id, cause });
    });
  }
}

/** A reaction has no private answer: it is told in a direct message. */
async function tellPrivately(by: Person, error: unknown, { calls, jobs }: Shared): Promise<void> {
  const body = { recipient_id: by.id };
  const channel = (await calls.make({ method: 'post', route: Routes.userChannels(), body })) as {
    id: string;
  };
  const content = sentenceOf(error, languageOfPerson(jobs, by, 'en'));
  await calls.make({
    method: 'post',
    route: Routes.channelMessages(channel.id),
    body: { content, ...NO_MENTIONS },
  });
}
