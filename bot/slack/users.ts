/** What Slack says about people: their name, their language, whether they are admins. Remembered for a day. */
import type { Language } from '../../config/languages.ts';
import { languageOf } from '../../config/messages.ts';
import { languageOfPerson } from '../chat/command-context.ts';
import { personKey } from '../jobs/person.ts';
import type { KeyValues } from '../store/key-values.ts';
import type { Preferences } from '../store/preferences.ts';
import type { Clock } from '../time/clock.ts';
import type { Calls } from './calls.ts';
import { type Home, personOf } from './place.ts';

export interface Profile {
  readonly name: string;
  readonly locale?: string;
}

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
    return (await this.soon(this.find(home, user), PATIENCE))?.name;
  }

  /** Never rejects: of somebody whom Slack does not tell about, nothing is known. */
  find(home: Home, user: string): Promise<Profile> {
    const key = keyOf(home, user);
    const kept = this.keyValues.get(KIND, key);
    const age = this.clock.now() - (kept?.at ?? 0);
    // Of the future: the clock was set back since, and nobody knows how old it is.
    if (kept !== undefined && age >= 0 && age < REMEMBERED) {
      return Promise.resolve(kept.value as unknown as Profile);
    }
    const asked = this.underWay.get(key) ?? this.ask(home, user, key);
    this.underWay.set(key, asked);
    return asked;
  }

  /** What the person chose, else what their Slack is set to. @param most milliseconds to wait for it */
  async language(home: Home, user: string | undefined, most = PATIENCE): Promise<Language> {
    if (user === undefined) return 'en';
    const locale = (await this.soon(this.find(home, user), most))?.locale;
    return languageOfPerson(this.preferences, personOf(home, user, ''), languageOf(locale));
  }

  /** Asked anew each time: it decides about other people's pictures. */
  async isAdmin(home: Home, user: string): Promise<boolean> {
    const { is_admin, is_owner } = await this.fetch(home, user).catch(() => ({}) as UserInfo);
    return is_admin === true || is_owner === true;
  }

  /** @param most milliseconds @returns undefined where it takes longer */
  private async soon<T>(asked: Promise<T>, most: number): Promise<T | undefined> {
    let stop = () => {};
    const late = new Promise<undefined>((resolve) => {
      stop = this.clock.after(most, () => resolve(undefined));
    });
    return Promise.race([asked, late]).finally(stop);
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

  private async fetch(home: Home, user: string): Promise<UserInfo> {
    const { user: found } = await this.calls.make(home, 'users.info', { user, include_locale: true });
    return found as UserInfo;
  }
}

function keyOf(home: Home, user: string): string {
  return personKey(personOf(home, user, ''));
}

interface UserInfo {
  readonly name?: string;
  readonly real_name?: string;
  readonly locale?: string;
  readonly is_admin?: boolean;
  readonly is_owner?: boolean;
  readonly profile?: { readonly display_name?: string; readonly real_name?: string };
}
