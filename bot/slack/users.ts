/** What Slack says about people: their name, their language, whether they are admins. */
import type { webApi } from '@slack/bolt';
import type { Language } from '../../config/languages.ts';
import { type Profile, Profiles, type ProfilesDependencies } from '../chat/profiles.ts';
import type { Person, Place } from '../jobs/job.ts';
import type { Calls } from './calls.ts';
import { dataOf, type Home, personOf } from './place.ts';

/** Milliseconds that a message waits for its asker's language. */
const PATIENCE = 2_000;

type User = Home & { readonly user: string };

export class Users extends Profiles<User> {
  private readonly calls: Calls;

  constructor(calls: Calls, dependencies: ProfilesDependencies) {
    super(dependencies);
    this.calls = calls;
  }

  /** In which the messages of a place speak: its asker's language. */
  async languageAt(place: Place): Promise<Language> {
    const { user, ...home } = dataOf(place);
    return user === undefined ? 'en' : this.language({ ...home, user }, PATIENCE);
  }

  /** Asked anew each time: it decides about other people's pictures. */
  async isAdmin(whom: User): Promise<boolean> {
    const found = await this.fetch(whom).catch(() => undefined);
    return found?.is_admin === true || found?.is_owner === true;
  }

  protected personOf(whom: User): Person {
    return personOf(whom, whom.user, whom.user);
  }

  protected async ask(whom: User): Promise<Profile> {
    const { profile, real_name, name, locale } = await this.fetch(whom);
    const shown = profile?.display_name || profile?.real_name || real_name || name || whom.user;
    return { name: shown, ...(locale === undefined ? {} : { locale }) };
  }

  private async fetch({ user, ...home }: User): Promise<NonNullable<webApi.UsersInfoResponse['user']>> {
    const given = { user, include_locale: true };
    return (await this.calls.make<webApi.UsersInfoResponse>(home, 'users.info', given)).user ?? {};
  }
}
