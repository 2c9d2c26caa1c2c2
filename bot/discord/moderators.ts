/** Who may manage messages where: as the person's last interaction said, else as the server's roles say. */
import { type APIInteraction, type Client, PermissionFlagsBits } from 'discord.js';
import type { Person } from '../jobs/job.ts';
import type { Clock } from '../time/clock.ts';
import type { DiscordPlace } from './place.ts';

const BELIEVED = 60_000;
const MANY = 10_000;

export class Moderators {
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly said = new Map<string, { readonly may: boolean; readonly at: number }>();

  constructor(client: Client, clock: Clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Notes what an interaction says about its person's permissions in its channel. */
  note({ member, channel }: APIInteraction): void {
    // A direct message says nothing of the kind.
    if (member?.permissions === undefined || channel === undefined) return;
    const bits = BigInt(member.permissions);
    const may = (bits & (PermissionFlagsBits.ManageMessages | PermissionFlagsBits.Administrator)) !== 0n;
    if (this.said.size >= MANY) this.said.clear();
    this.said.set(`${channel.id}:${member.user.id}`, { may, at: this.clock.monotonic() });
  }

  async has(person: Person, place: DiscordPlace): Promise<boolean> {
    const said = this.said.get(`${place.channel}:${person.id}`);
    if (said !== undefined && this.clock.monotonic() - said.at < BELIEVED) return said.may;
    const guild = place.server === undefined ? undefined : this.client.guilds.cache.get(place.server);
    if (guild === undefined) return false;
    try {
      const member = await guild.members.fetch(person.id);
      const channel = await guild.channels.fetch(place.channel);
      return channel?.permissionsFor(member).has(PermissionFlagsBits.ManageMessages) ?? false;
    } catch {
      return false;
    }
  }
}
