/** The way every command, button, form and event is answered: once, acknowledged in time, refused privately. */

import { type CommandResult, isReply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Asking } from '../jobs/admission.ts';
import { type SlackMessage, section } from './blocks.ts';
import type { Shared } from './dependencies.ts';
import { sentenceOf } from './escape.ts';
import { personOf, placeOf, type Spot } from './place.ts';
import { showReply } from './reply-message.ts';

/** Slack waits three seconds; where the answer is not there yet by then, it hears that it is in hand. */
const PATIENCE = 1_200;
const LONGEST_CALL = 10_000;

export type Acknowledge = (body?: object) => Promise<unknown>;

/** Something that Slack told us. */
export interface Heard {
  /** The event's own id: `slack:` and what Slack calls it. */
  readonly key: string;
  readonly spot: Spot;
  readonly name: string;
  readonly acknowledge?: Acknowledge;
  /** The acknowledgement can carry words for the asker. */
  readonly takesWords?: true;
}

export type Work = (answer: EventResponse) => Promise<void>;

export async function respond(heard: Heard, shared: Shared, work: Work): Promise<void> {
  const answer = new EventResponse(heard, shared);
  const stop = shared.clock.after(PATIENCE, () => void answer.acknowledge());
  try {
    await shared.deduplicator.run(heard.key, () => attempt(heard, answer, shared, work));
  } finally {
    stop();
    await answer.acknowledge();
  }
}

async function attempt(heard: Heard, answer: EventResponse, shared: Shared, work: Work): Promise<void> {
  const { log, users } = shared;
  try {
    await work(answer);
  } catch (error) {
    if (!(error instanceof Fault)) log.error('an event failed', { key: heard.key, cause: error });
    const { spot } = heard;
    const text = sentenceOf(error, await users.language(spot, spot.user));
    await answer.tell({ text, blocks: [section(text)] });
  }
}

/** A job's messages come by themselves; everything else is told to the asker alone. */
export async function giveResult(
  result: CommandResult,
  answer: EventResponse,
  shared: Shared,
): Promise<void> {
  if (!isReply(result)) return;
  const { uploads } = shared;
  await answer.tell(
    showReply(result, (job, index) => uploads.idOf(job, index)),
    // Slack may not show the pictures there: then the words alone.
    showReply(result, () => undefined),
  );
}

/** Who asks, where the answer goes, and which event it was. */
export async function askingOf({ key, spot, name }: Heard, { clock, users }: Shared): Promise<Asking> {
  const known = await users.name(spot, spot.user);
  return { by: personOf(spot, spot.user, known ?? name), place: placeOf(spot, clock.now()), key };
}

export class EventResponse {
  private readonly heard: Heard;
  private readonly shared: Shared;
  private acknowledged: Promise<void> | undefined;

  constructor(heard: Heard, shared: Shared) {
    this.heard = heard;
    this.shared = shared;
  }

  /** Says that it is in hand. Never rejects: where Slack did not hear it, it tells us again. */
  acknowledge(body?: object): Promise<void> {
    this.acknowledged ??= this.send(body);
    return this.acknowledged;
  }

  /** Gives an answer in the acknowledgement itself. @returns whether there was still time for it */
  async first(body: object): Promise<boolean> {
    if (this.acknowledged !== undefined) return false;
    await this.acknowledge(body);
    return true;
  }

  /** Tells the asker alone. Never rejects. @param otherwise where Slack does not take the message */
  async tell(message: SlackMessage, defaultText = message): Promise<void> {
    const isSure = defaultText === message;
    const body = { response_type: 'ephemeral', replace_original: false, ...message };
    if (this.heard.takesWords && isSure && (await this.first(body))) return;
    void this.acknowledge();
    const { spot, key } = this.heard;
    try {
      await this.say(message).catch((error: unknown) => {
        if (isSure) throw error;
        return this.say(defaultText);
      });
    } catch (cause) {
      this.shared.log.warn('somebody could not be answered', { key, channel: spot.channel, cause });
    }
  }

  private async say(message: SlackMessage): Promise<void> {
    const { responseUrl, channel, user, thread, ...home } = this.heard.spot;
    if (responseUrl !== undefined) return respondByUrl(responseUrl, message);
    const where = thread === undefined ? {} : { thread_ts: thread };
    const given = { channel, user, ...where, ...message, parse: 'none', link_names: false };
    await this.shared.calls.make(home, 'chat.postEphemeral', given);
  }

  private async send(body: object | undefined): Promise<void> {
    await this.heard.acknowledge?.(body).catch((cause: unknown) => {
      this.shared.log.debug('an acknowledgement did not arrive', { key: this.heard.key, cause });
    });
  }
}

/** Answers by the address that came with an interaction. @throws Error */
export async function respondByUrl(url: string, message: SlackMessage): Promise<void> {
  const body = { response_type: 'ephemeral', replace_original: false, ...message };
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LONGEST_CALL),
  });
  if (!response.ok) throw new Error(`response_url was answered ${response.status}`);
}
