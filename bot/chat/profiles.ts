/** What a platform says about people where events do not: their name, their language. Asked for, and remembered for a day. */
import type { Language } from '../../config/languages.ts';
import { languageOf } from '../../config/messages.ts';
import type { Person } from '../jobs/job.ts';
import { personKey } from '../jobs/person.ts';
import { atMost } from '../time/clock.ts';
import type { ChatDependencies } from './chat-dependencies.ts';
import { languageOfPerson } from './command-context.ts';

export type Profile = {
  readonly name: string;
  readonly locale?: string;
};

/** With the person's own key: forgotten with them. */
const KIND = 'person';
const REMEMBERED = 24 * 3_600_000;
/** Milliseconds that an answer waits for the asker's language and name: the first time only. */
const PATIENCE = 100;

export type ProfilesDependencies = Pick<ChatDependencies, 'preferences' | 'keyValues' | 'clock'>;

/** @typeParam Whom how the platform names somebody */
export abstract class Profiles<Whom> {
  private readonly kept: ProfilesDependencies;
  private readonly underWay = new Map<string, Promise<Profile>>();

  constructor(dependencies: ProfilesDependencies) {
    this.kept = dependencies;
  }

  /** Under the name by which they go where the platform tells none. */
  protected abstract personOf(whom: Whom): Person;

  /** Asks the platform. @throws what its calls throw */
  protected abstract ask(whom: Whom): Promise<Profile>;

  /** What the person is called, if that is known or soon told. */
  async name(whom: Whom): Promise<string | undefined> {
    return (await atMost(this.kept.clock, PATIENCE, this.find(whom)))?.name;
  }

  /** What the person chose, else what their platform is set to. @param most milliseconds to wait for it */
  async language(whom: Whom, most = PATIENCE): Promise<Language> {
    const { clock, preferences } = this.kept;
    const locale = (await atMost(clock, most, this.find(whom)))?.locale;
    return languageOfPerson(preferences, this.personOf(whom), languageOf(locale));
  }

  /** Never rejects. */
  find(whom: Whom): Promise<Profile> {
    const { keyValues, clock } = this.kept;
    const key = personKey(this.personOf(whom));
    const kept = keyValues.get(KIND, key);
    const age = clock.now() - (kept?.at ?? 0);
    // Of the future: the clock was set back since, and nobody knows how old it is.
    if (kept !== undefined && age >= 0 && age < REMEMBERED) return Promise.resolve(kept.value as Profile);
    const asked = this.underWay.get(key) ?? this.askOnce(whom, key);
    this.underWay.set(key, asked);
    return asked;
  }

  private async askOnce(whom: Whom, key: string): Promise<Profile> {
    try {
      const found = await this.ask(whom);
      // Where the disk is full, it is asked again next time.
      await this.kept.keyValues.set(KIND, key, found).catch(() => {});
      return found;
    } catch {
      return { name: this.personOf(whom).name };
    } finally {
      this.underWay.delete(key);
    }
  }
}
