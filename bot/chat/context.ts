/**
 * One event of a chat (a command, a button, a form, a reaction) as its handler sees it: who asks, where, in which
 * language, and the ways to answer. An adapter makes one for each event and translates, nothing else; no platform's
 * types here.
 */
import type { Reply } from '../../commands/command.ts';
import type { Language } from '../../config/languages.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import type { Form } from './forms.ts';

/**
 * How it is said that an event is in hand: `message` will be filled for all to see, `private` for the asker alone,
 * `update` changes the message whose button was pressed.
 */
export type Acknowledgement = 'message' | 'private' | 'update';

/** Whatever may be left out is left out where the platform has no such thing, or waits for nothing. */
export interface Context {
  /** The platform's id of the event: for the log, and where a chat has a `Deduplicator`, for that. */
  readonly event: string;
  /** Who asks. */
  by(): Promise<Person>;
  /** Who asks, where the answer goes, and the place's own rules. @throws Fault where nothing can be asked for there */
  asking(): Promise<Asking>;
  /** In which everything is said to the asker. */
  language(): Promise<Language>;
  /** Tells the asker alone, in one sentence, why not. @param error a Fault, or what nobody foresaw */
  refuse(error: unknown): Promise<void>;
  /** The bytes behind an address that was given as a picture. */
  readonly fetchPicture?: (address: string) => Promise<Uint8Array>;
  /** The platform's id of the message that an address leads to; absent where messages have none. */
  readonly messageOf?: (link: string) => string | undefined;
  /** Before anything is done. @throws Fault `interaction.late` where the asker was told meanwhile that there is no answer */
  begin?(as: Acknowledgement): Promise<void>;
  /** Says that it is in hand, once, and in time. @param job whose message was pressed */
  acknowledge?(as: Acknowledgement, job?: string): Promise<unknown>;
  /** Tells the asker alone. */
  reply?(reply: Reply): Promise<void>;
  /** Shows a form. Only as the first answer. @throws Fault `form.expired` */
  openForm?(form: Form): Promise<void>;
  /** The message of this job will be the answer. @throws Fault `interaction.late` where nobody waits for it any more */
  promise?(job: string): Promise<void>;
  /** Whatever happened, nobody waits for this event any more. */
  close?(): Promise<void>;
}
