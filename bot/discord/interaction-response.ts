/**
 * The one answer that each interaction gets within three seconds. A job's message can be changed only once its command
 * was acknowledged, so whoever writes asks here first.
 */
import {
  type APIApplicationCommandOptionChoice,
  type APIInteraction,
  type APIInteractionResponse,
  type APIModalInteractionResponseCallbackData,
  MessageFlags,
  type RawFile,
  InteractionResponseType as Response,
  Routes,
} from 'discord.js';
import type { Acknowledgement } from '../chat/context.ts';
import { type Clock, pause } from '../time/clock.ts';
import type { Calls } from './calls.ts';
import { type Body, NO_MENTIONS } from './components.ts';
import { isAcknowledged, isOurMistake, isTooLate } from './errors.ts';

/** Milliseconds within which Discord wants to hear of us. */
const DEADLINE = 3_000;
/** Milliseconds after which an answer that was lost is sent again. */
const AGAIN = 100;

const DEFERRED: Readonly<Record<Acknowledgement, APIInteractionResponse>> = {
  message: { type: Response.DeferredChannelMessageWithSource },
  private: { type: Response.DeferredChannelMessageWithSource, data: { flags: MessageFlags.Ephemeral } },
  update: { type: Response.DeferredMessageUpdate },
};

export class InteractionResponses {
  private readonly calls: Calls;
  private readonly clock: Clock;
  private readonly pending = new Map<string, Promise<boolean>>();

  constructor(calls: Calls, clock: Clock) {
    this.calls = calls;
    this.clock = clock;
  }

  begin(interaction: APIInteraction): InteractionResponse {
    const response = new InteractionResponse(interaction, this.calls, this.clock);
    const { token } = interaction;
    this.pending.set(token, response.acknowledged);
    void response.acknowledged.then(() => this.pending.delete(token));
    return response;
  }

  /** Resolves when the interaction with this token was answered (true) or can be answered no more (false); undefined for one of before. */
  async settled(token: string | undefined): Promise<boolean | undefined> {
    return token === undefined ? undefined : this.pending.get(token);
  }
}

export class InteractionResponse {
  /** Whether Discord has our answer; resolves in any case. */
  readonly acknowledged: Promise<boolean>;
  private readonly interaction: APIInteraction;
  private readonly calls: Calls;
  private readonly clock: Clock;
  private readonly until: number;
  private settle: (isThere: boolean) => void = () => {};
  /** The first answer: what it is, and whether Discord took it. */
  private given: { readonly as: Acknowledgement; readonly done: Promise<boolean> } | undefined;

  constructor(interaction: APIInteraction, calls: Calls, clock: Clock) {
    this.interaction = interaction;
    this.calls = calls;
    this.clock = clock;
    this.until = clock.monotonic() + DEADLINE;
    this.acknowledged = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** Says that it is in hand: `message` will be filled for all to see, `private` for one, `update` changes nothing yet. */
  defer(as: Acknowledgement): Promise<boolean> {
    return this.first(as, DEFERRED[as]);
  }

  /** Tells the asker alone. @throws what the calls throw */
  async tell(message: Body, files: readonly RawFile[] = []): Promise<void> {
    const edited = { ...NO_MENTIONS, ...message };
    const body = { ...edited, flags: Number(message.flags ?? 0) | MessageFlags.Ephemeral };
    if (this.given === undefined) {
      await this.first('private', { type: Response.ChannelMessageWithSource, data: body }, files);
      return;
    }
    const { as, done } = this.given;
    if (!(await done)) return;
    // Private already: an edit takes no such flag.
    if (as === 'private') return this.onOriginal('patch', edited, files);
    // A public answer cannot become private: it goes, and another takes its place.
    if (as === 'message') await this.onOriginal('delete');
    const route = Routes.webhook(this.interaction.application_id, this.interaction.token);
    await this.calls.make({ method: 'post', route, body, files, auth: false });
  }

  /** Changes the message whose menu or button was used. @throws what the calls throw */
  async update(body: Body): Promise<void> {
    if (this.given === undefined) await this.first('update', { type: Response.UpdateMessage, data: body });
    else if (await this.given.done) await this.onOriginal('patch', body);
  }

  /** Opens a form. Only as the first answer. */
  showForm(data: APIModalInteractionResponseCallbackData): Promise<boolean> {
    return this.first('private', { type: Response.Modal, data });
  }

  /** Offers names while somebody types. */
  suggest(choices: APIApplicationCommandOptionChoice[]): Promise<boolean> {
    return this.first('private', {
      type: Response.ApplicationCommandAutocompleteResult,
      data: { choices },
    });
  }

  /** Whatever happened, nobody waits for this any more. */
  close(): void {
    this.settle(false);
  }

  /** The first answer counts; what comes later learns what became of that. */
  private first(
    as: Acknowledgement,
    body: APIInteractionResponse,
    files: readonly RawFile[] = [],
  ): Promise<boolean> {
    this.given ??= { as, done: this.callback(body, files) };
    return this.given.done;
  }

  private async onOriginal(
    method: 'patch' | 'delete',
    body?: Body,
    files: readonly RawFile[] = [],
  ): Promise<void> {
    const { application_id, token } = this.interaction;
    const route = Routes.webhookMessage(application_id, token, '@original');
    await this.calls.make({ method, route, body, files, auth: false });
  }

  /** Once more when the answer to it was lost; that it was carried out then shows as "already acknowledged". */
  private async callback(body: APIInteractionResponse, files: readonly RawFile[]): Promise<boolean> {
    const { id, token } = this.interaction;
    const route = Routes.interactionCallback(id, token);
    for (;;) {
      try {
        await this.calls.make({ method: 'post', route, body, files, auth: false });
        this.settle(true);
        return true;
      } catch (error) {
        const isThere = isAcknowledged(error);
        if (isThere || isTooLate(error) || this.clock.monotonic() >= this.until) {
          this.settle(isThere);
          return isThere;
        }
        if (isOurMistake(error)) {
          this.settle(false);
          throw error;
        }
        await pause(this.clock, AGAIN);
      }
    }
  }
}
