/** What the stand-in keeps of Slack's world. Field names in snake case are Slack's own. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A workspace in which the app is installed. */
export interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  /** The organisation it belongs to, where that has installed the app as a whole. */
  enterprise?: string;
  /** What the app may do there. */
  readonly scopes: Set<string>;
  readonly botId: string;
  bot: User;
}

export interface User {
  readonly id: string;
  readonly team: Team;
  readonly name: string;
  /** `de-DE` as in Slack's own preferences. */
  readonly locale: string;
  readonly tz: string;
  readonly isAdmin: boolean;
  readonly isOwner: boolean;
  readonly isBot: boolean;
}

export interface Channel {
  readonly id: string;
  readonly team: Team;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  /** Ids of users. The app sees what happens only where its bot is a member. */
  readonly members: Set<string>;
  archived: boolean;
}

export interface SlackFile {
  readonly id: string;
  readonly team: Team;
  readonly owner: User;
  readonly name: string;
  /** As announced for the upload. */
  readonly length: number;
  title: string;
  altText: string;
  bytes: Uint8Array;
  /** Between the announcement and the end of the upload nobody can see the file. */
  state: 'announced' | 'uploaded' | 'processing' | 'processed';
  /** Until it is processed, a file has none. */
  mimetype: string;
  /** Channel -> ts of the message that shared it. */
  readonly shares: Map<Channel, string>;
  deleted: boolean;
}

/** A picture in a message, and what was known of it in the moment when it was put there. */
export interface ShownImage {
  readonly file?: SlackFile;
  readonly url?: string;
  readonly alt: string;
  readonly wasProcessed: boolean;
  /** A message had shown the file before. */
  readonly wasShared: boolean;
  /** People see a broken image: an existing message was given a file that no message had shown before. */
  readonly isBroken: boolean;
}

/** What a message looked like from one moment on. */
export interface Revision {
  readonly at: number;
  readonly via: 'post' | 'update' | 'response_url' | 'ack' | 'delete' | 'share' | 'typed';
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  readonly images: readonly ShownImage[];
}

export interface Message {
  readonly ts: string;
  readonly channel: Channel;
  readonly author: User;
  readonly threadTs?: string;
  /** Only this person can see it. */
  readonly visibleTo?: User;
  /** The workflow step whose token wrote it. */
  readonly execution?: Execution;
  text: string;
  blocks: JsonObject[];
  files: SlackFile[];
  images: readonly ShownImage[];
  metadata?: Json;
  /** Slack looks for names in the text by itself (`link_names`, `parse: full`). */
  linksNames?: boolean;
  deleted: boolean;
  /** Name without colons -> ids of users. */
  readonly reactions: Map<string, Set<string>>;
  readonly revisions: Revision[];
}

export interface Token {
  readonly value: string;
  readonly kind: 'app' | 'bot' | 'workflow' | 'refresh';
  readonly team: Team;
  readonly execution?: Execution;
  expiresAt?: number;
  revoked: boolean;
}

/** One run of a workflow step. */
export interface Execution {
  readonly id: string;
  readonly team: Team;
  readonly callbackId: string;
  readonly inputs: JsonObject;
  readonly startedAt: number;
  readonly token: string;
  /** Every attempt to end it, those that were refused included. */
  readonly completions: Completion[];
  state: 'running' | 'succeeded' | 'failed';
}

export interface Completion {
  readonly at: number;
  readonly how: 'success' | 'error';
  readonly outputs?: JsonObject;
  readonly error?: string;
  readonly tokenKind: Token['kind'];
  readonly accepted: boolean;
}

/** A form or a home page in front of somebody. */
export interface View {
  readonly id: string;
  readonly team: Team;
  readonly user: User;
  readonly kind: 'modal' | 'home';
  readonly rootId: string;
  readonly previousId?: string;
  readonly execution?: Execution;
  content: JsonObject;
  hash: string;
  open: boolean;
  /** Block id -> sentence, after an answer with errors. */
  errors: Readonly<Record<string, string>>;
}

/** A Web API call that is refused: `{ok: false, error}` with status 200, as Slack does. */
export class Refusal extends Error {
  readonly body: JsonObject;
  constructor(error: string, more: JsonObject = {}) {
    super(error);
    this.body = { ok: false, error, ...more };
  }
}

/** Says what was wrong the way Slack says it, for `response_metadata.messages`. */
export function refusalWith(error: string, messages: readonly string[]): Refusal {
  return new Refusal(error, {
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}
