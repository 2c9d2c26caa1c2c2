/** "Use as input image": which picture a message has, remembered from the menu until the form is sent. */
import { type APIMessageApplicationCommandInteraction, Routes } from 'discord.js';
import { Fault } from '../../config/faults.ts';
import type { Shared } from './dependencies.ts';
import { useForm } from './forms.ts';
import { addressIn, type MessageWithPictures } from './pictures-in.ts';
import { SURFACE } from './place.ts';
import { languageFor, respond } from './respond.ts';

const MANY = 500;

export class MessagePictures {
  private readonly shared: Shared;
  /** Addresses by message; the newest last. */
  private readonly addresses = new Map<string, string>();

  constructor(shared: Shared) {
    this.shared = shared;
  }

  onMenu(interaction: APIMessageApplicationCommandInteraction): Promise<void> {
    return respond(interaction, 'private', this.shared, async (answer) => {
      const { target_id, resolved } = interaction.data;
      const address = addressIn(resolved.messages[target_id] as MessageWithPictures | undefined);
      if (address === undefined && this.ownFile(target_id) === undefined) {
        throw new Fault('image.type', { image: 'The message' });
      }
      if (address !== undefined) this.remember(target_id, address);
      const language = languageFor(interaction, this.shared);
      await answer.showForm(useForm(interaction.channel.id, target_id, language));
    });
  }

  /** The bytes of a picture of ours, or the address of somebody else's; undefined where the message has none. */
  async find(channel: string, message: string): Promise<Uint8Array | string | undefined> {
    const own = this.ownFile(message);
    if (own !== undefined) return this.shared.readPicture(own);
    return this.addresses.get(message) ?? addressIn(await this.fetch(channel, message));
  }

  private ownFile(message: string): string | undefined {
    return this.shared.jobs.findByMessage(SURFACE, message)?.pictures[0]?.file;
  }

  private remember(message: string, address: string): void {
    this.addresses.set(message, address);
    const [oldest] = this.addresses.keys();
    if (this.addresses.size > MANY && oldest !== undefined) this.addresses.delete(oldest);
  }

  /** After a restart in between, the message itself is asked, where the bot may see it. */
  private async fetch(channel: string, message: string): Promise<MessageWithPictures | undefined> {
    const route = Routes.channelMessage(channel, message);
    return this.shared.calls.make({ method: 'get', route }).catch(() => undefined) as Promise<
      MessageWithPictures | undefined
    >;
  }
}
