/** What the Slack adapter is handed by whoever puts the service together, and what its handlers share. */
import type { SlackSettings } from '../../config/slack-settings.ts';
import type { ChatWorld } from '../chat-world.ts';
import type { Calls } from './calls.ts';
import type { JobsByMessage } from './jobs-by-message.ts';
import type { Once } from './once.ts';
import type { People } from './people.ts';
import type { Steps } from './steps.ts';
import type { Uploads } from './uploads.ts';

export interface SlackParts extends ChatWorld {
  readonly settings: SlackSettings;
  /** Where the port listens. */
  readonly host: string;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** For the handlers of events. */
export interface Shared extends SlackParts {
  readonly calls: Calls;
  readonly jobsByMessage: JobsByMessage;
  readonly once: Once;
  readonly people: People;
  readonly steps: Steps;
  readonly uploads: Uploads;
}
