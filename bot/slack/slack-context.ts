/** An event of Slack as a context: who asks, where, and Slack's ways to answer. */
import type { Reply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import type { Acknowledgement, Context } from '../chat/context.ts';
import type { Form } from '../chat/forms.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import type { Log } from '../ops/log.ts';
import { type SlackMessage, section } from './blocks.ts';
import type { Shared } from './dependencies.ts';
import { drawForm } from './draw-form.ts';
import { sentenceOf } from './escape.ts';
import { openForm } from './open-form.ts';
import { pictureFetcherOf } from './pictures.ts';
import { personOf, placeOf } from './place.ts';
import { showReply } from './reply-message.ts';
import { respondByUrl } from './respond-by-url.ts';
import type { SlackEvent } from './slack-event.ts';

export class SlackContext implements Context {
  readonly event: string;
  readonly log: Log;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  private readonly heard: SlackEvent;
  private readonly shared: Shared;
  private acknowledged: Promise<void> | undefined;

  constructor(heard: SlackEvent, shared: Shared) {
    this.heard = heard;
    this.shared = shared;
    this.event = heard.key;
    this.log = shared.log;
    this.fetchPicture = pictureFetcherOf(heard.spot, shared);
  }

  async by(): Promise<Person> {
    const { spot, name } = this.heard;
    return personOf(spot, spot.user, (await this.shared.users.name(spot, spot.user)) ?? name);
  }

  async asking(): Promise<Asking> {
    const { spot, key } = this.heard;
    return { by: await this.by(), place: placeOf(spot, this.shared.clock.now()), key };
  }

  language(): Promise<Language> {
    const { spot } = this.heard;
    return this.shared.users.language(spot, spot.user);
  }

  async begin(): Promise<void> {}

  /** Where Slack did not hear it, it tells us again. */
  async acknowledge(_as?: Acknowledgement): Promise<boolean> {
    await this.acknowledgeWith();
    return true;
  }

  /** A job's messages come by themselves. */
  async promise(): Promise<void> {}

  async reply(reply: Reply): Promise<void> {
    const { uploads } = this.shared;
    // Slack may not show the pictures there: then the words alone.
    const words = showReply(reply, () => undefined);
    await this.tell(
      showReply(reply, (job, index) => uploads.idOf(job, index)),
      words,
    );
  }

  /** What is wrong with a form that was sent is said in the form, while there is time for it. */
  async refuse(error: unknown): Promise<void> {
    const text = sentenceOf(error, await this.language());
    const { fields } = this.heard;
    if (error instanceof Fault && fields !== undefined) {
      const errors = { [inputOf(error, fields)]: text };
      if (await this.first({ response_action: 'errors', errors })) return;
    }
    await this.tell({ text, blocks: [section(text)] });
  }

  async openForm(form: Form): Promise<void> {
    void this.acknowledgeWith();
    const { spot, trigger, picture } = this.heard;
    const { channel, thread } = spot;
    const view = drawForm(form, { channel, thread, picture }, await this.language());
    await openForm(spot, trigger ?? '', view, this.shared.calls);
  }

  async close(): Promise<void> {
    await this.acknowledgeWith();
  }

  /** Never rejects. */
  private acknowledgeWith(body?: object): Promise<void> {
    this.acknowledged ??= this.sendAcknowledgement(body);
    return this.acknowledged;
  }

  /** Gives an answer in the acknowledgement itself. @returns whether there was still time for it */
  private async first(body: object): Promise<boolean> {
    if (this.acknowledged !== undefined) return false;
    await this.acknowledgeWith(body);
    return true;
  }

  /** Tells the asker alone. Never rejects. @param plain where Slack does not take the message */
  private async tell(message: SlackMessage, plain = message): Promise<void> {
    const isSure = plain === message;
    const body = { response_type: 'ephemeral', replace_original: false, ...message };
    if (this.heard.takesWords && isSure && (await this.first(body))) return;
    void this.acknowledgeWith();
    try {
      await this.say(message).catch((error: unknown) => {
        if (isSure) throw error;
        return this.say(plain);
      });
    } catch (cause) {
      const { channel } = this.heard.spot;
      this.log.warn('somebody could not be answered', { event: this.event, channel, cause });
    }
  }

  private async say(message: SlackMessage): Promise<void> {
    const { responseUrl, channel, user, thread, ...home } = this.heard.spot;
    if (responseUrl !== undefined) return respondByUrl(this.shared.calls, responseUrl, message);
    const where = thread === undefined ? {} : { thread_ts: thread };
    const given = { channel, user, ...where, ...message, parse: 'none', link_names: false };
    await this.shared.calls.make(home, 'chat.postEphemeral', given);
  }

  private async sendAcknowledgement(body: object | undefined): Promise<void> {
    await this.heard.acknowledge?.(body).catch((cause: unknown) => {
      this.log.debug('an acknowledgement did not arrive', { event: this.event, cause });
    });
  }
}

/** The input that a refusal is about; the prompt where it is about none. */
function inputOf({ data }: Fault, fields: Readonly<Record<string, string>>): string {
  const { option = 'prompt' } = data as { option?: string };
  return Object.hasOwn(fields, option) ? option : 'prompt';
}
