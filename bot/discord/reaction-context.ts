/**
 * A reaction on Discord as a context: it has no answer of its own, so what must be told goes by direct message. The
 * message of what was asked for comes by itself.
 */
import { type APIUser, type GatewayMessageReactionAddDispatchData, Routes } from 'discord.js';
import type { Reply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { languageOfPerson } from '../chat/command-context.ts';
import type { Context } from '../chat/context.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Job, Person } from '../jobs/job.ts';
import { openChannel } from './channels.ts';
import type { Shared } from './dependencies.ts';
import { dataOf, placeOfReaction, SURFACE } from './place.ts';
import { showReply } from './reply-message.ts';
import { rulesOfReaction } from './server-rules.ts';

export class ReactionContext implements Context {
  readonly event: string;
  private readonly reaction: GatewayMessageReactionAddDispatchData;
  private readonly job: Job;
  private readonly shared: Shared;

  /** @param job whose message it is on */
  constructor(reaction: GatewayMessageReactionAddDispatchData, job: Job, shared: Shared) {
    this.reaction = reaction;
    this.job = job;
    this.shared = shared;
    this.event = `discord reaction ${reaction.message_id}`;
  }

  /** In a direct message a reaction does not say whose it is by name. */
  async by(): Promise<Person> {
    return { surface: SURFACE, id: this.reaction.user_id, name: await this.name() };
  }

  /** @throws Fault `server.not_served`, `place.shut` */
  async asking(): Promise<Asking> {
    const { channel_id, message_id, guild_id } = this.reaction;
    const { client, served } = this.shared;
    if (guild_id !== undefined && !served.has(guild_id)) throw new Fault('server.not_served', {});
    const channel = await openChannel(client, guild_id, channel_id);
    return {
      by: await this.by(),
      place: placeOfReaction(channel_id, guild_id, message_id, dataOf(this.job.place).locale),
      allow: rulesOfReaction(this.reaction, channel, this.shared),
    };
  }

  async language(): Promise<Language> {
    return languageOfPerson(
      this.shared.preferences,
      { surface: SURFACE, id: this.reaction.user_id, name: '' },
      'en',
    );
  }

  /** A stranger's cross under a picture is an opinion, not a request. */
  async refuse(error: unknown): Promise<void> {
    if (error instanceof Fault && error.code === 'job.not_yours') return;
    await this.shared.directMessages.tell(await this.by(), error);
  }

  async reply(reply: Reply): Promise<void> {
    const { jobs, readPicture, directMessages } = this.shared;
    const make = () => showReply(reply, (id) => jobs.find(id), readPicture);
    await directMessages.send(await this.by(), this.reaction.message_id, make);
  }

  private async name(): Promise<string> {
    const { user_id, member } = this.reaction;
    const user = member?.user;
    const told = member?.nick ?? user?.global_name ?? user?.username;
    if (told !== undefined) return told;
    const { by } = this.job;
    if (by.id === user_id) return by.name;
    const route = Routes.user(user_id);
    const found = await this.shared.calls.make<APIUser>({ method: 'get', route }).catch(() => undefined);
    return found?.global_name ?? found?.username ?? 'somebody';
  }
}
