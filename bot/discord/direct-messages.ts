/** Direct messages for what has no private answer of its own: reactions, and commands that came too late. Few: one a minute and person. */
import { Routes } from 'discord.js';
import { languageOfPerson } from '../chat/command-context.ts';
import type { Person } from '../jobs/job.ts';
import type { Log } from '../ops/log.ts';
import type { Preferences } from '../store/preferences.ts';
import type { Clock } from '../time/clock.ts';
import type { Calls } from './calls.ts';
import { NO_MENTIONS } from './components.ts';
import { sentenceOf } from './escape.ts';

/** Milliseconds between two to the same person. */
const APART = 60_000;

export interface DirectMessagesDependencies {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly preferences: Preferences;
  readonly log: Log;
}

export class DirectMessages {
  private readonly dependencies: DirectMessagesDependencies;
  /** When each person was told last, by the clock that only goes forward; the oldest first. */
  private readonly told = new Map<string, number>();

  constructor(dependencies: DirectMessagesDependencies) {
    this.dependencies = dependencies;
  }

  /** Never rejects: somebody may not take direct messages. */
  async tell(person: Person, error: unknown): Promise<void> {
    const { calls, clock, preferences, log } = this.dependencies;
    const now = clock.monotonic();
    for (const [id, at] of this.told) if (now - at >= APART) this.told.delete(id);
    if (this.told.has(person.id)) return;
    this.told.set(person.id, now);
    try {
      const opening = { recipient_id: person.id };
      const opened = await calls.make({ method: 'post', route: Routes.userChannels(), body: opening });
      const content = sentenceOf(error, languageOfPerson(preferences, person, 'en'));
      const route = Routes.channelMessages((opened as { id: string }).id);
      await calls.make({ method: 'post', route, body: { content, ...NO_MENTIONS } });
    } catch (cause) {
      log.debug('somebody could not be told in a direct message', { cause });
    }
  }
}
