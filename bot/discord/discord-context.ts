/** An interaction of Discord as a context: who asks, where, and Discord's ways to answer. */
import { type APIInteraction, InteractionType } from 'discord.js';
import type { Reply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { languageOf } from '../../config/messages.ts';
import { languageOfPerson } from '../chat/command-context.ts';
import type { Acknowledgement, Context } from '../chat/context.ts';
import type { Form } from '../chat/forms.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import type { Body } from './components.ts';
import type { Shared } from './dependencies.ts';
import { drawForm } from './draw-form.ts';
import { sentenceOf } from './escape.ts';
import type { InteractionResponse } from './interaction-response.ts';
import { messageOfLink, personOf, placeOf, tokenOf } from './place.ts';
import { showReply } from './reply-message.ts';
import { rulesOfInteraction } from './server-rules.ts';

export class DiscordContext implements Context {
  readonly event: string;
  readonly messageOf = messageOfLink;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  private readonly interaction: APIInteraction;
  private readonly shared: Shared;
  private readonly response: InteractionResponse;

  constructor(interaction: APIInteraction, shared: Shared) {
    this.interaction = interaction;
    this.shared = shared;
    this.event = `discord:${interaction.id}`;
    this.fetchPicture = shared.fetchPicture;
    this.response = shared.responses.begin(interaction);
  }

  async by(): Promise<Person> {
    return personOf(this.interaction);
  }

  async asking(): Promise<Asking> {
    const { interaction, shared } = this;
    return {
      by: personOf(interaction),
      place: placeOf(interaction, shared.clock.now()),
      // The message of this very answer.
      messages: [],
      key: this.event,
      allow: rulesOfInteraction(interaction, shared),
    };
  }

  /** What the person chose, else what their Discord is set to. */
  async language(): Promise<Language> {
    const { interaction } = this;
    const theirs = languageOf(interaction.type === InteractionType.Ping ? undefined : interaction.locale);
    return languageOfPerson(this.shared.preferences, personOf(interaction), theirs);
  }

  /** Who may have given up waiting is asked first: what is not waited for is not rendered. */
  async begin(as: Acknowledgement): Promise<void> {
    if (as === 'message' && this.shared.lateness.isDoubtful(this.interaction)) await this.mustBeHeard();
  }

  async acknowledge(as: Acknowledgement, job?: string): Promise<boolean> {
    const isHeard = await this.response.defer(as);
    const { messageRoutes, clock } = this.shared;
    if (isHeard && job !== undefined) messageRoutes.renew(job, tokenOf(this.interaction, clock.now()));
    return isHeard;
  }

  async reply(reply: Reply): Promise<void> {
    const { jobs, readPicture } = this.shared;
    const { body, files } = await showReply(reply, (id) => jobs.find(id), readPicture);
    // Files may take longer to get there than Discord waits for an answer.
    if (files.length > 0) await this.response.defer('private');
    await this.response.tell(body, files);
  }

  async refuse(error: unknown): Promise<void> {
    if (error instanceof Fault && error.code === 'interaction.late') {
      await this.shared.directMessages.tell(personOf(this.interaction), error);
      return;
    }
    await this.response.tell({ content: sentenceOf(error, await this.language()) });
  }

  async openForm(form: Form): Promise<void> {
    await this.response.showForm(drawForm(form));
  }

  /**
   * A job whose asker could not be told that it is in hand is nobody's: they were shown a failure, and have asked again.
   */
  async promise(job: string): Promise<void> {
    const { jobs } = this.shared;
    try {
      await this.mustBeHeard();
    } catch (error) {
      if (jobs.find(job).messages.length === 0) jobs.withdraw(job);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.response.close();
  }

  /** A message of Discord's own making, to the asker alone. */
  tell(body: Body): Promise<void> {
    return this.response.tell(body);
  }

  /** Changes the message whose menu was used. */
  update(body: Body): Promise<void> {
    return this.response.update(body);
  }

  private async mustBeHeard(): Promise<void> {
    if (!(await this.response.defer('message'))) throw new Fault('interaction.late', {});
  }
}
