/** What the stand-in keeps of Discord's world. Field names in snake case are Discord's own. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface User {
  readonly id: string;
  readonly username: string;
  readonly bot: boolean;
  /** Permission bits in the server's channels. */
  readonly permissions: bigint;
  /** Ids of roles that the person has on every server. */
  readonly roles: readonly string[];
  readonly locale: string;
}

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly permissions: bigint;
}

export interface Guild {
  readonly id: string;
  readonly name: string;
  readonly locale: string;
  readonly roles: Role[];
  /** Permission bits that everybody has there, the bot too. */
  readonly everybody: bigint;
  /** The bot was installed here; otherwise only its users carry it in (user install). */
  readonly hasBot: boolean;
}

export interface Channel {
  readonly id: string;
  /** Absent: a direct message. */
  readonly guild?: Guild;
  /** The bot takes part: it may post, edit and be told of reactions without an interaction's token. */
  botIsIn: boolean;
  readonly nsfw: boolean;
  readonly name: string;
  /** The channel whose thread it is. */
  readonly parent?: Channel;
  /** A thread that nobody has written in for long; `locked`: only moderators open it again. */
  archived?: 'open' | 'locked';
}

export interface Attachment {
  readonly id: string;
  readonly filename: string;
  readonly description: string | null;
  readonly bytes: Uint8Array;
}

/** What a message looked like from one moment on. */
export interface Revision {
  readonly at: number;
  /** By which way it was written. */
  readonly via: 'ack' | 'token' | 'channel';
  readonly content: string;
  readonly components: Json[];
  readonly attachments: readonly Attachment[];
  readonly flags: number;
}

export interface Message {
  readonly id: string;
  readonly channel: Channel;
  readonly author: User;
  /** The token of the interaction that it answers. */
  readonly token?: string;
  readonly nonce?: string;
  readonly replyTo?: string;
  flags: number;
  content: string;
  components: Json[];
  attachments: Attachment[];
  allowedMentions: Json;
  /** Fields that the message has besides, such as embeds. */
  more?: JsonObject;
  deleted: boolean;
  readonly revisions: Revision[];
}

export interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly type: number;
  readonly user: User;
  readonly channel: Channel;
  readonly createdAt: number;
  /** The message whose button was pressed. */
  readonly source?: Message;
  /** Callback type of the answer. */
  ack?: number;
  ackedAt?: number;
  original?: Message;
  /** The data of a modal or of autocompletion. */
  answer?: JsonObject;
}

export const FLAGS = { ephemeral: 1 << 6, loading: 1 << 7, componentsV2: 1 << 15 } as const;

export const PERMISSIONS = {
  administrator: 1n << 3n,
  manageGuild: 1n << 5n,
  sendMessages: 1n << 11n,
  viewChannel: 1n << 10n,
  attachFiles: 1n << 15n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  readMessageHistory: 1n << 16n,
  mentionEveryone: 1n << 17n,
  useExternalEmojis: 1n << 18n,
  sendMessagesInThreads: 1n << 38n,
} as const;

/** Everything a request can be refused with. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: JsonObject;
  constructor(status: number, code: number, message: string, errors?: JsonObject) {
    super(message);
    this.status = status;
    this.body = { message, code, ...(errors === undefined ? {} : { errors }) };
  }
}
