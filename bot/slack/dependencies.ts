/** What the Slack adapter is handed by whoever puts the service together, and what its handlers share. */
import type { SlackSettings } from '../../config/slack-settings.ts';
import type { ChatDependencies } from '../chat/chat-dependencies.ts';
import type { Deduplicator } from '../chat/deduplicator.ts';
import type { JobsByMessage } from '../chat/jobs-by-message.ts';
import type { SecretFiles } from '../http/secret-files.ts';
import type { Calls } from './calls.ts';
import type { Messages } from './messages.ts';
import type { Home } from './place.ts';
import type { Steps } from './steps.ts';
import type { Uploads } from './uploads.ts';
import type { Users } from './users.ts';
import type { Workspaces } from './workspaces.ts';

export interface SlackDependencies extends ChatDependencies {
  readonly settings: SlackSettings;
  /** Where the port listens. */
  readonly host: string;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The app's Home tabs. Neither call rejects. */
export interface HomeTabs {
  /** Somebody looks at theirs. */
  show(whom: Home & { readonly user: string }): Promise<void>;
  /** Something of theirs is not as it was: shown to whoever has it there. */
  refresh(whom: Home & { readonly user: string }): Promise<void>;
}

/** For the handlers of events. */
export interface Shared extends SlackDependencies {
  readonly calls: Calls;
  readonly jobsByMessage: JobsByMessage;
  readonly messages: Messages;
  readonly deduplicator: Deduplicator;
  readonly homeTabs: HomeTabs;
  readonly users: Users;
  readonly steps: Steps;
  readonly uploads: Uploads;
  readonly workspaces: Workspaces;
  /** Absent where Slack cannot reach us: progress is words then. */
  readonly previews: SecretFiles | undefined;
}
