/** "Use as input image": which picture a message has, remembered from the menu until the form is sent. */
import { type APIMessageApplicationCommandInteraction, Routes } from 'discord.js';
import type { Shared } from './dependencies.ts';
import { addressIn, type MessageWithPictures } from './pictures-in.ts';
import { SURFACE } from './place.ts';

const MANY = 500;

export class MessagePictures {
  private readonly shared: Shared;
  /** Addresses by message; the newest last. */
  private readonly addresses = new Map<string, string>();

  constructor(shared: Shared) {
    this.shared = shared;
  }

  /** Remembers the picture of the message whose menu was used. @returns whether it has one */
  note({ data: { target_id, resolved } }: APIMessageApplicationCommandInteraction): boolean {
    const address = addressIn(resolved.messages[target_id] as MessageWithPictures | undefined);
    if (address !== undefined) this.remember(target_id, address);
    return address !== undefined || this.ownFile(target_id) !== undefined;
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
