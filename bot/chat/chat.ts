/** A chat that the service takes part in. */
export interface Chat {
  /** Connects, however long that takes, and hands its surface to the jobs. Resolves at once. */
  start(): void;
  /** Why it does not work now; undefined while it does. */
  problem(): string | undefined;
  /** Takes no more events; what is under way may still be brought. */
  stop(): void;
  /** Leaves the platform. */
  close(): Promise<void>;
}
