/** What people have typed into an option or a form, with names instead of Discord's ids. */
import type { Client } from 'discord.js';
import { fromDiscord } from '../../commands/dialects.ts';

export class Words {
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** @param server where it was typed */
  asTyped(text: string, server: string | undefined): string {
    const guild = server === undefined ? undefined : this.client.guilds.cache.get(server);
    return fromDiscord(text, (kind, id) => {
      if (kind === '#') return guild?.channels.cache.get(id)?.name;
      if (kind === '@&') return guild?.roles.cache.get(id)?.name;
      return guild?.members.cache.get(id)?.displayName ?? this.client.users.cache.get(id)?.displayName;
    });
  }
}
