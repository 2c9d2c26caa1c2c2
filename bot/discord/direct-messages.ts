/** Direct messages for what has no private answer of its own: reactions, and commands that came too late. Few: one a minute and person. */
import { type APIChannel, Routes } from 'discord.js';
import type { ChatDependencies } from '../chat/chat-dependencies.ts';
import { languageOfPerson } from '../chat/command-context.ts';
import type { Person } from '../jobs/job.ts';
import { remembered } from '../time/remembered.ts';
import type { Calls } from './calls.ts';
import { type Message, NO_MENTIONS } from './components.ts';
import { sentenceOf } from './escape.ts';

const SNOWFLAKE = /^\d{1,20}$/;
/** Milliseconds between two to the same person. */
const APART = 60_000;

export class DirectMessages {
  private readonly calls: Calls;
  private readonly dependencies: Pick<ChatDependencies, 'clock' | 'preferences' | 'log'>;
  /** Who was told a short while ago. */
  private readonly told;

  constructor(calls: Calls, dependencies: DirectMessages['dependencies']) {
    this.calls = calls;
    this.dependencies = dependencies;
    this.told = remembered<true>(10_000, APART, dependencies.clock);
  }

  /** Never rejects: somebody may not take direct messages. @param what of which one in a while is enough */
  async send(person: Person, what: string, make: () => Promise<Message>): Promise<void> {
    const key = `${person.id} ${what}`;
    if (this.told.has(key)) return;
    this.told.set(key, true);
    try {
      const { body, files } = await make();
      const channel = await openDirectMessage(person.id, this.calls);
      await this.calls.make({ method: 'post', route: Routes.channelMessages(channel), body, files });
    } catch (cause) {
      this.dependencies.log.debug('somebody could not be sent pictures in a direct message', { cause });
    }
  }

  /** Never rejects: somebody may not take direct messages. */
  async tell(person: Person, error: unknown): Promise<void> {
    const { preferences, log } = this.dependencies;
    if (this.told.has(person.id)) return;
    this.told.set(person.id, true);
    try {
      const channel = await openDirectMessage(person.id, this.calls);
      const content = sentenceOf(error, languageOfPerson(preferences, person, 'en'));
      const route = Routes.channelMessages(channel);
      await this.calls.make({ method: 'post', route, body: { content, ...NO_MENTIONS } });
    } catch (cause) {
      log.debug('somebody could not be told in a direct message', { cause });
    }
  }
}

/** @returns the id of its channel. @throws what the calls throw, and where an event did not say who it was */
export async function openDirectMessage(person: string, calls: Calls, signal?: AbortSignal): Promise<string> {
  if (typeof person !== 'string' || !SNOWFLAKE.test(person)) throw new Error('there is no id of a person');
  const body = { recipient_id: person };
  const how = signal === undefined ? {} : { signal };
  const { id } = await calls.make<APIChannel>({ method: 'post', route: Routes.userChannels(), body, ...how });
  return id;
}
