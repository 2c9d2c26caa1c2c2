/**
 * A run of the workflow step `imagine_step` as a context: its workflow is told the outcome, or why there is none. The
 * job's messages come by themselves.
 */
import type { types } from '@slack/bolt';
import { imagine } from '../../commands/imagine.ts';
import { readForm, shown } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import { Phrase } from '../../config/messages.ts';
import type { Context } from '../chat/context.ts';
import type { AskedFor } from '../chat/on-command.ts';
import { imagineWith } from '../chat/on-command.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Person } from '../jobs/job.ts';
import type { Shared } from './dependencies.ts';
import { pictureFetcherOf } from './pictures.ts';
import { type Home, personOf, SURFACE } from './place.ts';
import { type Acknowledge, type Envelope, homeOfEnvelope } from './slack-event.ts';
import { fromSlack } from './typed-text.ts';

/** The step's id in the manifest. */
export const STEP = 'imagine_step';

/** The inputs that are options of `/imagine`. */
const OPTIONS = ['prompt', 'style', 'model', 'seed'] as const;
/** Who asks where a workflow names nobody. */
const NOBODY = { id: 'workflow', name: 'a workflow' } as const;

type Executed = Pick<types.FunctionExecutedEvent, 'function_execution_id' | 'inputs'>;

export class StepContext implements Context {
  readonly event: string;
  readonly fetchPicture: (address: string) => Promise<Uint8Array>;
  private readonly step: Executed;
  private readonly home: Home;
  private readonly acknowledgement: Acknowledge;
  private readonly shared: Shared;

  constructor(body: Envelope<Executed>, acknowledge: Acknowledge, shared: Shared) {
    this.step = body.event;
    this.home = homeOfEnvelope(body);
    this.acknowledgement = acknowledge;
    this.shared = shared;
    this.event = `slack:${body.event.function_execution_id}`;
    this.fetchPicture = pictureFetcherOf(this.home, shared);
  }

  /** What is asked for. @throws Fault `option.missing`, `option.unknown` */
  readRequest(): AskedFor {
    const fields = OPTIONS.map((name) => [name, this.text(name)] as const);
    const given = readForm(Object.fromEntries(fields), imagine);
    if (given.prompt === undefined) throw new Fault('option.missing', { option: 'prompt' });
    // The outputs are of one picture, whatever the defaults of whoever asks.
    return imagineWith({ ...given, count: 1 });
  }

  async by(): Promise<Person> {
    const user = this.id('user_id');
    if (user === undefined) return personOf(this.home, NOBODY.id, NOBODY.name);
    return personOf(this.home, user, (await this.shared.users.name({ ...this.home, user })) ?? user);
  }

  /** Without a channel the picture goes to the person, in a direct message. @throws Fault `option.missing`, `option.value` */
  async asking(): Promise<Asking> {
    const user = this.id('user_id');
    const channel = this.id('channel_id') ?? user;
    if (channel === undefined) throw new Fault('option.missing', { option: 'channel_id' });
    const step = this.step.function_execution_id;
    const data = { ...this.home, step, ...(user === undefined ? {} : { user }) };
    return {
      by: await this.by(),
      place: { surface: SURFACE, channel, server: this.home.team, data },
      key: this.event,
    };
  }

  /** Nobody knows who reads a workflow's log. */
  async language(): Promise<'en'> {
    return 'en';
  }

  async refuse(error: unknown): Promise<void> {
    const { message } = error instanceof Fault ? error : new Fault('pipeline.failed', {});
    await this.shared.steps.refuse(this.step.function_execution_id, this.home, message);
  }

  /** Acknowledged once it is on disk, so that Slack tells it again after a crash. */
  async close(): Promise<void> {
    await this.acknowledgement();
  }

  /** @throws Fault `option.value` */
  private text(name: string): string | undefined {
    const value = this.step.inputs[name];
    if (typeof value === 'object' && value !== null)
      throw new Fault('option.value', {
        option: name,
        value: shown(value),
        allowed: new Phrase('allowed.scalar'),
      });
    return value === undefined || value === null || value === '' ? undefined : fromSlack(String(value));
  }

  /** Slack's ids are short words of capitals and digits. @throws Fault `option.value` */
  private id(option: 'channel_id' | 'user_id'): string | undefined {
    const value = this.text(option);
    if (value === undefined || /^[A-Z0-9]{1,32}$/.test(value)) return value;
    const allowed = option === 'channel_id' ? 'the id of a channel' : 'the id of a person';
    throw new Fault('option.value', { option, value, allowed });
  }
}
