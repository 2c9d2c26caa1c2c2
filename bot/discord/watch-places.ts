/** Places that are no more, as soon as Discord says so: what is asked for there is rendered for nobody. */
import { type Client, Events } from 'discord.js';
import type { Desk } from '../jobs/desk.ts';
import { SURFACE } from './place.ts';

export function watchPlaces(client: Client, desk: Desk): void {
  const close = (channel: string, reason: string) =>
    desk.closePlaces((place) => place.surface === SURFACE && place.channel === channel, reason);
  client.on(Events.GuildDelete, ({ id, available }) => {
    // One that is only out of order comes back.
    if (available)
      desk.closePlaces(
        ({ surface, server }) => surface === SURFACE && server === id,
        'removed from the server',
      );
  });
  client.on(Events.ChannelDelete, ({ id }) => close(id, 'the channel was deleted'));
  client.on(Events.ThreadDelete, ({ id }) => close(id, 'the thread was deleted'));
  client.on(Events.ThreadUpdate, (_, { id, archived, locked }) => {
    if (archived && locked) close(id, 'the thread was closed');
  });
}
