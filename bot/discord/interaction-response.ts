/**
 * The one answer that each interaction gets within three seconds. A job's message can be changed only once its command
 * was acknowledged, so whoever writes asks here first.
 */
import { type APIInteraction, InteractionResponseType, MessageFlags, type RawFile, Routes } from 'discord.js';
import type { Clock } from '../time/clock.ts';
import type { Body, Calls } from './calls.ts';
import { NO_MENTIONS } from './components.ts';
import { isAcknowledged, isOurMistake, isTooLate } from './errors.ts';

/** Milliseconds within which Discord wants to hear of us. */
const DEADLINE = 3_000;

export class InteractionResponses {
  private readonly calls: Calls;
  private readonly clock: Clock;
  private readonly pending = new Map<string, Promise<boolean>>();

  constructor(calls: Calls, clock: Clock) {
    this.calls = calls;
    this.clock = clock;
  }

  begin(interaction: APIInteraction): InteractionResponse {
    const answer = new InteractionResponse(interaction, this.calls, this.clock);
    const { token } = interaction;
    this.pending.set(token, answer.acknowledged);
    void answer.acknowledged.then(() => this.pending.delete(token));
    return answer;
  }

  /** Resolves when the interaction with this token was answered (true) or can be answered no more (false); undefined for one of before. */
  async settled(token: string | undefined): Promise<boolean | undefined> {
    return token === undefined ? undefined : this.pending.get(token);
  }
}

type Way = 'message' | 'private' | 'update';

export class InteractionResponse {
  /** Whether Discord has our answer; resolves in any case. */
  readonly acknowledged: Promise<boolean>;
  private readonly interaction: APIInteraction;
  private readonly calls: Calls;
  private readonly clock: Clock;
  private readonly until: number;
  private settle: (isThere: boolean) => void = () => {};
  private deferred: { readonly as: Way; readonly done: Promise<boolean> } | undefined;

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
  defer(as: Way): Promise<boolean> {
    this.deferred ??= { as, done: this.deferAs(as) };
    return this.deferred.done;
  }

  private deferAs(as: Way): Promise<boolean> {
    if (as === 'update') return this.callback({ type: InteractionResponseType.DeferredMessageUpdate });
    const data = as === 'private' ? { data: { flags: MessageFlags.Ephemeral } } : {};
    return this.callback({ type: InteractionResponseType.DeferredChannelMessageWithSource, ...data });
  }

  /** Tells the asker alone. @throws what the calls throw */
  async tell(body: Body, files: readonly RawFile[] = []): Promise<void> {
    const message = { ...NO_MENTIONS, ...body, flags: Number(body.flags ?? 0) | MessageFlags.Ephemeral };
    const { application_id, token } = this.interaction;
    if (this.deferred === undefined) {
      this.deferred = {
        as: 'private',
        done: this.callback({ type: InteractionResponseType.ChannelMessageWithSource, data: message }, files),
      };
      await this.deferred.done;
      return;
    }
    const { as, done } = this.deferred;
    if (!(await done)) return;
    const original = Routes.webhookMessage(application_id, token, '@original');
    if (as === 'private') {
      await this.calls.make({ method: 'patch', route: original, body: message, files, auth: false });
      return;
    }
    // A public answer cannot become private: it goes, and another takes its place.
    if (as === 'message') await this.calls.make({ method: 'delete', route: original, auth: false });
    const route = Routes.webhook(application_id, token);
    await this.calls.make({ method: 'post', route, body: message, files, auth: false });
  }

  /** Changes the message whose menu or button was used. @throws what the calls throw */
  async update(body: Body): Promise<void> {
    if (this.deferred === undefined) {
      const done = this.callback({ type: InteractionResponseType.UpdateMessage, data: body });
      this.deferred = { as: 'update', done };
      await done;
      return;
    }
    if (!(await this.deferred.done)) return;
    const { application_id, token } = this.interaction;
    const route = Routes.webhookMessage(application_id, token, '@original');
    await this.calls.make({ method: 'patch', route, body, auth: false });
  }

  /** Opens a form. Only as the first answer. */
  showForm(data: Body): Promise<boolean> {
    return this.first({ type: InteractionResponseType.Modal, data });
  }

  /** Offers names while somebody types. */
  suggest(choices: readonly Body[]): Promise<boolean> {
    return this.first({
      type: InteractionResponseType.ApplicationCommandAutocompleteResult,
      data: { choices },
    });
  }

  /** Whatever happened, nobody waits for this any more. */
  close(): void {
    this.settle(false);
  }

  private first(body: Body): Promise<boolean> {
    this.deferred ??= { as: 'private', done: this.callback(body) };
    return this.deferred.done;
  }

  /** Once more when the answer to it was lost; that it was carried out then shows as "already acknowledged". */
  private async callback(body: Body, files: readonly RawFile[] = []): Promise<boolean> {
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
        await new Promise<void>((resolve) => this.clock.after(100, resolve));
      }
    }
  }
}
