/**
 * Places and messages that are no more, as soon as Discord says so: what is asked for there is rendered for nobody, and
 * a picture whose message somebody removed is removed as well.
 */
import { type Client, Events, GatewayDispatchEvents, type GatewayReceivePayload } from 'discord.js';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../ops/log.ts';
import { SURFACE } from './place.ts';

export function watchPlaces(client: Client, jobs: Jobs, log: Log): void {
  const close = (channel: string, reason: string) =>
    jobs.closePlaces((place) => place.surface === SURFACE && place.channel === channel, reason);
  client.on(Events.GuildDelete, ({ id, available }) => {
    // One that is only out of order comes back.
    if (available)
      jobs.closePlaces(
        ({ surface, server }) => surface === SURFACE && server === id,
        'removed from the server',
      );
  });
  const remove = (message: string) => {
    const job = jobs.findByMessage(SURFACE, message);
    // The others only point to it, or mention somebody.
    if (job?.messages.at(-1)?.id !== message) return;
    jobs.messageRemoved(job.id).catch((cause: unknown) => {
      log.error('a picture whose message was removed could not be deleted', { job: job.id, cause });
    });
  };
  client.on(Events.Raw, ({ t, d }: GatewayReceivePayload) => {
    if (t === GatewayDispatchEvents.MessageDelete) remove(d.id);
    if (t === GatewayDispatchEvents.MessageDeleteBulk) for (const id of d.ids) remove(id);
  });
  client.on(Events.ChannelDelete, ({ id }) => close(id, 'the channel was deleted'));
  client.on(Events.ThreadDelete, ({ id }) => close(id, 'the thread was deleted'));
  client.on(Events.ThreadUpdate, (_, { id, archived, locked }) => {
    if (archived && locked) close(id, 'the thread was closed');
  });
}
