/**
 * What commands ask of the running service, on behalf of one person in one place: whoever builds a `JobService` has
 * bound both to it. Behind it are the jobs (`bot/chat/job-service.ts`).
 */
import type { PictureRequest } from '../pipeline/request.ts';
import type { PersonSettings } from './personal-defaults.ts';
import type { ServerSettings } from './server-rules.ts';

/** Options as they are kept with a job: what was asked for, without the bytes of a picture. */
export type KeptOptions = { readonly [option: string]: string | number };

export interface Order {
  /** Every value decided. */
  readonly request: PictureRequest;
  /** What was asked for, wildcards unexpanded, with the asker's own defaults, the model and the seed filled in. */
  readonly options: KeptOptions;
  /** The model that makes the final of this draft. */
  readonly finalModel?: string;
  /** The job whose form this came from (Remix). */
  readonly remixOf?: string;
}

/** An unfinished request of the person. */
export interface OpenRequest {
  readonly id: string;
  readonly state: 'waiting' | 'running';
  readonly prompt: string;
  readonly model: string;
}

/** One request in the queue. Times in milliseconds from now. */
export interface QueuePlace {
  readonly id: string;
  /** From 1. */
  readonly position: number;
  readonly startsIn: number;
  readonly endsIn: number;
  readonly mine: boolean;
  readonly model: string;
  /** Only the person's own: others' may come from a private conversation. */
  readonly prompt?: string;
}

/** A finished request of the person with its pictures. */
export interface PastRequest {
  readonly id: string;
  readonly prompt: string;
  readonly model: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly pictures: number;
  /** Why its place took them in no way, as the platform put it. */
  readonly undelivered?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** One request with pictures, and all that made it. */
export interface ShownRequest extends PastRequest {
  readonly negative?: string;
  readonly style?: string;
  /** What makes it again, as it is typed. */
  readonly command: string;
}

/** What became of a wish to be forgotten. All are numbers of requests. */
export interface Forgotten {
  /** The person's own. */
  readonly requests: number;
  /** Whose messages the platform refused to remove: they stay. */
  readonly refused: number;
  /** Whose messages are still to be removed, because the platform does not answer. */
  readonly pending: number;
  /** Others' that were made from the person's: they stay, but for the words; their messages stay as they are. */
  readonly others: number;
}

export interface JobService {
  /** Takes a request in; once this resolves it survives whatever happens. @throws Fault `limit.*`, `service.stopping` */
  submit(order: Order): Promise<{ readonly id: string }>;
  /** Everybody's waiting requests in the order of their turns, and how many pictures are being made now. */
  queue(): { readonly waiting: readonly QueuePlace[]; readonly running: number };
  /** The person's own unfinished requests, newest first. */
  openRequests(): readonly OpenRequest[];
  /** @throws Fault `job.*` */
  cancel(id: string): Promise<void>;
  /** The person's finished requests with pictures, newest first. @param before an id: only older ones */
  pastRequests(limit: number, before?: string): readonly PastRequest[];
  /** A picture that one of the person's requests started from or made. @param digest the beginning of its SHA-256 */
  ownPicture(digest: string): Promise<Uint8Array | undefined>;
  /** Brings pictures that could not be delivered to where the person is now. @throws Fault `job.*` */
  deliverAgain(id: string): Promise<{ readonly id: string }>;
  /**
   * A request with pictures: one's own, or one whose message stands where it is asked for.
   * @param id as typed @param message the id of a message, where what was typed is the link to one @throws Fault `job.unknown`
   */
  show(id: string, message?: string): ShownRequest;
  settings(): PersonSettings;
  saveSettings(settings: PersonSettings): Promise<void>;
  /** Those of the server where it is asked; empty elsewhere. */
  serverSettings(): ServerSettings;
  /** Deletes all of the person's pictures, messages, settings and words. */
  forget(): Promise<Forgotten>;
}
