/** An event of Slack as a context: who asks, where, and Slack's ways to answer. */
import type { Reply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import type { Context } from '../chat/context.ts';
import type { Form } from '../chat/forms.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import { byAnyWay } from '../messages/any-way.ts';
import { type SlackMessage, section } from './blocks.ts';
import type { Shared } from './dependencies.ts';
import { drawForm } from './draw-form.ts';
import { codeOf } from './errors.ts';
import { sentenceOf } from './escape.ts';
import { pictureFetcherOf } from './pictures.ts';
import { messageOfLink, personOf, placeOf, type Source } from './place.ts';
import { showReply } from './reply-message.ts';
import type { SlackEvent } from './slack-event.ts';

/** The press is too long ago, or has opened a form already. */
const EXPIRED = ['expired_trigger_id', 'exchanged_trigger_id', 'trigger_expired', 'trigger_exchanged'];

/** Milliseconds. */
const LONGEST_UPLOAD = 90_000;

export class SlackContext implements Context {
  readonly event: string;
  readonly messageOf = messageOfLink;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  private readonly heard: SlackEvent;
  private readonly shared: Shared;
  private acknowledged: Promise<void> | undefined;

  constructor(heard: SlackEvent, shared: Shared) {
    this.heard = heard;
    this.shared = shared;
    this.event = heard.key;
    this.fetchPicture = pictureFetcherOf(heard.source, shared);
  }

  async by(): Promise<Person> {
    const { source, name } = this.heard;
    return personOf(source, source.user, (await this.shared.users.name(source)) ?? name);
  }

  async asking(): Promise<Asking> {
    const { source, key } = this.heard;
    return { by: await this.by(), place: placeOf(source, this.shared.clock.now()), key };
  }

  language(): Promise<Language> {
    return this.shared.users.language(this.heard.source);
  }

  /** Where Slack did not hear it, it tells us again. */
  acknowledge(): Promise<void> {
    return this.acknowledgeBy();
  }

  async reply(reply: Reply): Promise<void> {
    const { uploads } = this.shared;
    if (reply.asFiles) await this.bringFiles(reply);
    // Slack may not show the pictures there: then the words alone.
    const words = showReply(reply, () => undefined);
    await this.tell(
      showReply(reply, (job, index) => uploads.idOf(job, index)),
      words,
    );
  }

  private async bringFiles({ pictures = [] }: Reply): Promise<void> {
    void this.acknowledgeBy();
    const { jobs, uploads, readPicture, log } = this.shared;
    const signal = AbortSignal.timeout(LONGEST_UPLOAD);
    const { source } = this.heard;
    const brought = pictures.map(async (picture) => {
      const file = jobs.find(picture.job).pictures[picture.index]?.file;
      const bytes = file === undefined ? undefined : await readPicture(file);
      if (bytes === undefined) return;
      await uploads.bringPicture(source, picture, bytes, signal);
      // Deleted meanwhile: whoever removed its files did not see this one.
      const isGone = jobs.find(picture.job).deletedAt !== undefined;
      if (isGone) await uploads.remove(source, picture.job, signal);
    });
    // The words say how to have them again.
    await Promise.all(brought).catch((cause: unknown) =>
      log.warn('pictures could not be brought', { cause }),
    );
  }

  /** What is wrong with a form that was sent is said in the form, while there is time for it. */
  async refuse(error: unknown): Promise<void> {
    const text = sentenceOf(error, await this.language());
    const { fields, correct } = this.heard;
    if (error instanceof Fault && fields !== undefined && correct !== undefined) {
      const errors = { [inputOf(error, fields)]: text };
      if (await this.first(() => correct(errors))) return;
    }
    await this.tell({ text, blocks: [section(text)] });
  }

  async openForm(form: Form): Promise<void> {
    void this.acknowledgeBy();
    const { source, trigger, picture } = this.heard;
    const { channel, thread } = source;
    const view = drawForm(form, { channel, thread, picture }, await this.language());
    const given = { trigger_id: trigger ?? '', view };
    await this.shared.calls.make(source, 'views.open', given, { impatient: true }).catch((error: unknown) => {
      throw EXPIRED.includes(codeOf(error) ?? '') ? new Fault('form.expired', {}, error) : error;
    });
  }

  async close(): Promise<void> {
    await this.acknowledgeBy();
  }

  /** Once; never rejects. */
  private acknowledgeBy(ack = this.heard.acknowledge): Promise<void> {
    this.acknowledged ??= (ack?.() ?? Promise.resolve()).catch((cause: unknown) => {
      this.shared.log.debug('an acknowledgement did not arrive', { event: this.event, cause });
    });
    return this.acknowledged;
  }

  /** Gives an answer in the acknowledgement itself. @returns whether there was still time for it */
  private async first(ack: () => Promise<void>): Promise<boolean> {
    if (this.acknowledged !== undefined) return false;
    await this.acknowledgeBy(ack);
    return true;
  }

  /** Tells the asker alone. Never rejects. @param plain where Slack does not take the message */
  private async tell(message: SlackMessage, plain = message): Promise<void> {
    const isSure = plain === message;
    const { answer } = this.heard;
    if (answer !== undefined && isSure && (await this.first(() => answer(message)))) return;
    void this.acknowledgeBy();
    const { source } = this.heard;
    const to = (where: Source, what: SlackMessage) => () => this.shared.messages.alone(where, what);
    // Where the app is no member, and no address came with the event, nobody can be told anything in the channel.
    const direct = { ...source, channel: source.user, thread: undefined, responseUrl: undefined };
    try {
      await byAnyWay([
        to(source, message),
        ...(isSure ? [] : [to(source, plain)]),
        ...(source.channel === source.user ? [] : [to(direct, plain)]),
      ]);
    } catch (cause) {
      const { channel } = source;
      this.shared.log.warn('somebody could not be answered', { event: this.event, channel, cause });
    }
  }
}

/** The input that a refusal is about; the first where it is about none. */
function inputOf({ data }: Fault, fields: Readonly<Record<string, string>>): string {
  const { option = '' } = data as { option?: string };
  return Object.hasOwn(fields, option) ? option : (Object.keys(fields)[0] ?? option);
}
