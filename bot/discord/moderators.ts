/** Who may manage messages where: as the person's last interaction said, else as the server's roles say. */
import { type APIInteraction, type Client, PermissionFlagsBits } from 'discord.js';
import type { Person } from '../jobs/job.ts';
import type { Clock } from '../time/clock.ts';
import { remembered } from '../time/remembered.ts';
import { allows } from './permissions.ts';
import type { DiscordPlace } from './place.ts';

/** Milliseconds for which an interaction's word is believed. */
const BELIEVED = 60_000;

export class Moderators {
  private readonly client: Client;
  private readonly said;

  constructor(client: Client, clock: Clock) {
    this.client = client;
    this.said = remembered<boolean>(10_000, BELIEVED, clock);
  }

  /** Notes what an interaction says about its person's permissions in its channel; a direct message says nothing. */
  note({ member, channel }: APIInteraction): void {
    if (member?.permissions === undefined || channel === undefined) return;
    const may = allows(member.permissions, PermissionFlagsBits.ManageMessages);
    this.said.set(`${channel.id}:${member.user.id}`, may);
  }

  async has({ id }: Person, { channel, server }: DiscordPlace): Promise<boolean> {
    const said = this.said.get(`${channel}:${id}`);
    const guild = this.client.guilds.cache.get(server ?? '');
    if (said !== undefined || guild === undefined) return said ?? false;
    try {
      const member = await guild.members.fetch(id);
      const found = await guild.channels.fetch(channel);
      return found?.permissionsFor(member).has(PermissionFlagsBits.ManageMessages) ?? false;
    } catch {
      return false;
    }
  }
}
