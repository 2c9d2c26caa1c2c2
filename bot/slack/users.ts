/** What Slack says about people: their name, their language, whether they are admins. Remembered for a day. */
import type { webApi } from '@slack/bolt';
import type { Language } from '../../config/languages.ts';
import { languageOf } from '../../config/messages.ts';
import { languageOfPerson } from '../chat/command-context.ts';
import { personKey } from '../jobs/person.ts';
import type { KeyValues } from '../store/key-values.ts';
import type { Preferences } from '../store/preferences.ts';
import { atMost, type Clock } from '../time/clock.ts';
import type { Calls } from './calls.ts';
import { type Home, personOf } from './place.ts';

export type Profile = {
  readonly name: string;
  readonly locale?: string;
};

/** With the person's own key: forgotten with them. */
const KIND = 'person';
const REMEMBERED = 24 * 3_600_000;
/** Milliseconds that an answer waits for the asker's language and name: the first time only. */
const PATIENCE = 100;

export class Users {
  private readonly calls: Calls;
  private readonly preferences: Preferences;
  private readonly keyValues: KeyValues;
  private readonly clock: Clock;
  private readonly underWay = new Map<string, Promise<Profile>>();

  constructor(calls: Calls, preferences: Preferences, keyValues: KeyValues, clock: Clock) {
    this.calls = calls;
    this.preferences = preferences;
    this.keyValues = keyValues;
    this.clock = clock;
  }

  /** What the person is called, if that is known or soon told. */
  async name(home: Home, user: string): Promise<string | undefined> {
    return (await atMost(this.clock, PATIENCE, this.find(home, user)))?.name;
  }

  /** Never rejects: of somebody whom Slack does not tell about, nothing is known. */
  find(home: Home, user: string): Promise<Profile> {
    const key = keyOf(home, user);
    const kept = this.keyValues.get(KIND, key);
    const age = this.clock.now() - (kept?.at ?? 0);
    // Of the future: the clock was set back since, and nobody knows how old it is.
    if (kept !== undefined && age >= 0 && age < REMEMBERED) {
      return Promise.resolve(kept.value as Profile);
    }
    const asked = this.underWay.get(key) ?? this.ask(home, user, key);
    this.underWay.set(key, asked);
    return asked;
  }

  /** What the person chose, else what their Slack is set to. @param most milliseconds to wait for it */
  async language(home: Home, user: string | undefined, most = PATIENCE): Promise<Language> {
    if (user === undefined) return 'en';
    const locale = (await atMost(this.clock, most, this.find(home, user)))?.locale;
    return languageOfPerson(this.preferences, personOf(home, user, ''), languageOf(locale));
  }

  /** Asked anew each time: it decides about other people's pictures. */
  async isAdmin(home: Home, user: string): Promise<boolean> {
    const found = await this.fetch(home, user).catch(() => undefined);
    return found?.is_admin === true || found?.is_owner === true;
  }

  private async ask(home: Home, user: string, key: string): Promise<Profile> {
    try {
      const { profile, real_name, name, locale } = await this.fetch(home, user);
      const shown = profile?.display_name || profile?.real_name || real_name || name || user;
      const found = { name: shown, ...(locale === undefined ? {} : { locale }) };
      // Where the disk is full, it is asked again next time.
      await this.keyValues.set(KIND, key, found).catch(() => {});
      return found;
    } catch {
      return { name: user };
    } finally {
      this.underWay.delete(key);
    }
  }

  private async fetch(home: Home, user: string): Promise<NonNullable<webApi.UsersInfoResponse['user']>> {
    const given = { user, include_locale: true };
    return (await this.calls.make<webApi.UsersInfoResponse>(home, 'users.info', given)).user ?? {};
  }
}

function keyOf(home: Home, user: string): string {
  return personKey(personOf(home, user, ''));
}
