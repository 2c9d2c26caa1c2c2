/**
 * A third chat, in memory: the whole of what an adapter must do. It translates an event into a context and shows what it
 * is told; commands, buttons, forms and reactions are the handlers' that Discord and Slack have.
 */
import type { ChatDependencies } from '../../../bot/chat/chat-dependencies.ts';
import { commandContexts } from '../../../bot/chat/command-context.ts';
import type { Acknowledgement, Context } from '../../../bot/chat/context.ts';
import { readCustomId } from '../../../bot/chat/custom-id.ts';
import type { Form } from '../../../bot/chat/forms.ts';
import { onButton } from '../../../bot/chat/on-button.ts';
import { onCommand } from '../../../bot/chat/on-command.ts';
import { type FindPicture, onForm, onUseImage } from '../../../bot/chat/on-form.ts';
import { askedByReaction, onReaction } from '../../../bot/chat/on-reaction.ts';
import type { Job, Person } from '../../../bot/jobs/job.ts';
import { toldSentence } from '../../../bot/messages/sentences.ts';
import type { Log } from '../../../bot/ops/log.ts';
import { systemNetwork } from '../../../bot/safety/network.ts';
import type { Reply } from '../../../commands/command.ts';
import { COMMANDS, parseLine } from '../../../commands/index.ts';
import { anInstallation } from '../an-installation.ts';
import { STUDIO } from '../jobs/a-job.ts';
import type { TestJobs } from '../jobs/some-jobs.ts';

/** What came of one event. */
export interface Heard {
  acknowledged: Acknowledgement[];
  replies: Reply[];
  refusals: string[];
  forms: Form[];
  /** Jobs whose message is the answer. */
  promised: string[];
  closed: boolean;
}

export class MemoryChat {
  readonly logged: { readonly event: string; readonly fields: unknown }[] = [];
  private readonly dependencies: ChatDependencies;
  private events = 0;

  constructor({ jobs, connect, clock, store, journal }: TestJobs) {
    const { preferences, keyValues, seen } = journal;
    const installation = anInstallation();
    const note = (event: string, fields: unknown) => this.logged.push({ event, fields });
    const log = { fatal: note, error: note, warn: note, info: note, debug: note, trace: note } as Log;
    this.dependencies = {
      ...{ jobs, connect, clock, log, network: systemNetwork, installation, preferences, keyValues, seen },
      budgets: { report: () => {} } as unknown as ChatDependencies['budgets'],
      commands: COMMANDS,
      contextOf: commandContexts({ jobs, installation, preferences }),
      readPicture: (file) => store.read(file),
    };
  }

  type(by: Person, line: string): Promise<Heard> {
    return this.hear(by, (context) =>
      onCommand(context, 'message', this.dependencies, () => parseLine(line)),
    );
  }

  /** @param id as the button carries it */
  press(by: Person, id: string): Promise<Heard> {
    return this.hear(by, (context) => onButton(context, readCustomId(id), this.dependencies));
  }

  send(by: Person, form: Form, fields: Record<string, string>, find: FindPicture): Promise<Heard> {
    const sent = { id: form.id, fields };
    return this.hear(by, (context) => onForm(context, sent, find, this.dependencies));
  }

  useImage(by: Person, message: string, hasPicture: boolean): Promise<Heard> {
    const where = { channel: STUDIO.channel, message };
    return this.hear(by, (context) => onUseImage(context, where, hasPicture, this.dependencies));
  }

  /** @returns undefined where the reaction is just a reaction */
  async react(by: Person, emoji: string, job: Job): Promise<Heard | undefined> {
    const action = askedByReaction(emoji, job);
    if (action === undefined) return undefined;
    return this.hear(by, (context) => onReaction(context, action, job, this.dependencies));
  }

  private async hear(by: Person, handle: (context: Context) => Promise<void>): Promise<Heard> {
    const heard: Heard = {
      acknowledged: [],
      replies: [],
      refusals: [],
      forms: [],
      promised: [],
      closed: false,
    };
    const event = `memory:${++this.events}`;
    await handle({
      event,
      by: async () => by,
      asking: async () => ({ by, place: STUDIO, key: event }),
      language: async () => 'en',
      begin: async () => {},
      acknowledge: async (as) => heard.acknowledged.push(as) > 0,
      reply: async (reply) => void heard.replies.push(reply),
      refuse: async (error) => void heard.refusals.push(toldSentence(error, 'en')),
      openForm: async (form) => void heard.forms.push(form),
      promise: async (job) => void heard.promised.push(job),
      close: async () => {
        heard.closed = true;
      },
    });
    return heard;
  }
}
