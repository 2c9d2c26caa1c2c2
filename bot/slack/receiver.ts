/** Where Slack's events come in. */
import type { App } from '@slack/bolt';

export interface Receiver {
  /** Events are handed to the app from now on. */
  init(app: App): void;
  /** Opens, however long that takes. Resolves when it has been open for the first time, or was closed. */
  open(): Promise<void>;
  /** Why it is not open now; undefined while it is. */
  problem(): string | undefined;
  /** Lets nothing new in. */
  stop(): void;
  close(): Promise<void>;
}
