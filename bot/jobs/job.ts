/**
 * The record of a job, and the one function that knows its legal transitions. Everything else only reads.
 *
 * `state` is what people see. `delivery` is what is still owed to the job's message, apart from the state because
 * a failure or a cancellation must reach the message as well, and a crash can fall between posting and recording.
 */
import type { FollowUpAction } from '../../commands/follow-up.ts';
import type { FaultCode } from '../../config/faults.ts';
import type {
  PictureControl,
  PictureRequest,
  StartPicture,
  Timings,
  WorkflowRequest,
} from '../../pipeline/request.ts';

/** `undelivered`: the pictures are there, but their place took them in no way; `undelivered` in the record says why. */
export type JobState = 'queued' | 'running' | 'delivered' | 'undelivered' | 'failed' | 'cancelled';

/**
 * - `none`: nothing final to say yet
 * - `due`: the last word (picture, failure, cancellation, removal) must be brought to the message
 * - `posting`: it is being brought there; after a crash nobody knows whether it arrived
 * - `posted`: it is there
 * - `gone`: the message was removed, by us or by somebody else, or cannot be reached any more
 * - `refused`: the last word was refused in every way there is; nothing more is tried unless somebody asks for it
 */
export type Delivery = 'none' | 'due' | 'posting' | 'posted' | 'gone' | 'refused';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Somebody on one surface; the same human on two surfaces is two persons. */
export interface Person {
  readonly surface: string;
  readonly id: string;
  /** For display; never used to tell people apart. */
  readonly name: string;
}

/** A message of a surface: `id` finds it again (unique on that surface), `data` is the surface's own. */
export interface MessageRef {
  readonly id: string;
  readonly data?: Json;
}

/** Where a job was asked for, and so where its message goes. `data` is the surface's own (tokens, thread). */
export interface Place {
  readonly surface: string;
  readonly channel: string;
  /** The server that the channel belongs to, where the surface has such. */
  readonly server?: string;
  readonly data?: Json;
}

/** A request without its bulk: the pictures that it brings along are files in the picture store (`uploads.ts`). */
export type StoredRequest = Omit<PictureRequest, 'id' | 'init' | 'control' | 'workflow'> & {
  readonly init?: Omit<StartPicture, 'image' | 'mask'> & { readonly file: string; readonly mask?: string };
  readonly control?: Omit<PictureControl, 'image'> & { readonly image: string };
  readonly workflow?: Omit<WorkflowRequest, 'pictures'> & {
    readonly pictures: Readonly<Record<string, string>>;
  };
};

/** What was asked: the options as given (checked), and every value decided from them. */
export interface Asked {
  readonly options: { readonly [option: string]: Json };
  readonly request: StoredRequest;
  /** The model that makes the final of this draft; absent where the model is no draft model. */
  readonly finalModel?: string;
}

/** Which job, and which of its pictures (from 0), this one was made from. */
export interface Origin {
  readonly kind: Exclude<FollowUpAction, 'cancel' | 'delete'>;
  readonly job: string;
  readonly picture?: number;
}

export interface Picture {
  /** Name in the picture store. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A failure as it is kept: the sentence is made from it when somebody reads it. */
export interface KeptFault {
  readonly code: FaultCode;
  readonly data: { readonly [key: string]: unknown };
}

export interface Job {
  readonly id: string;
  readonly state: JobState;
  readonly delivery: Delivery;
  readonly by: Person;
  readonly place: Place;
  /** All messages of the job, the newest last. Empty until one is opened. */
  readonly messages: readonly MessageRef[];
  readonly asked: Asked;
  readonly origin?: Origin;
  /** How often rendering was begun, without those times when it was broken off from outside. */
  readonly attempts: number;
  /** How often the service ended by itself while this was being made. */
  readonly crashes?: number;
  readonly device?: string;
  readonly pictures: readonly Picture[];
  readonly timings?: Timings;
  readonly fault?: KeptFault;
  /** Why the last word could not be brought, as the platform put it; only while `delivery` is `refused`. */
  readonly undelivered?: string;
  /** Times in milliseconds since 1970. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly deletedAt?: number;
}

export type Transition =
  /** A device begins to render. */
  | { readonly type: 'start'; readonly at: number; readonly device: string }
  /** The pictures are on disk. */
  | {
      readonly type: 'render';
      readonly at: number;
      readonly pictures: readonly Picture[];
      readonly timings: Timings;
    }
  /** The pictures are there already: nothing is rendered. */
  | {
      readonly type: 'take';
      readonly at: number;
      readonly pictures: readonly Picture[];
      readonly timings: Timings;
    }
  /** The attempt died; the job waits again. */
  | { readonly type: 'retry' }
  /** The attempt was broken off by the service's end (shutdown, kill); it does not count. `crash`: by its own fault. */
  | { readonly type: 'release'; readonly crash?: boolean }
  /** The pictures are not on disk any more although they were recorded; the job waits again. */
  | { readonly type: 'lose' }
  /** `cause`: what went wrong inside, for the log alone; not kept. */
  | { readonly type: 'fail'; readonly at: number; readonly fault: KeptFault; readonly cause?: unknown }
  | { readonly type: 'cancel'; readonly at: number }
  /** The job's message exists (or has moved). */
  | { readonly type: 'attach'; readonly messages: readonly MessageRef[] }
  /** The last word is about to be sent. */
  | { readonly type: 'post' }
  /** It has arrived. */
  | { readonly type: 'posted'; readonly messages: readonly MessageRef[] }
  /** The message no longer exists. */
  | { readonly type: 'gone' }
  /** Every way to the person was refused. `reason`: the platform's, in a few words. */
  | { readonly type: 'refused'; readonly reason: string }
  /** Somebody wants once more what was refused, there where they are now. */
  | { readonly type: 'redeliver'; readonly place: Place; readonly messages: readonly MessageRef[] }
  /** Pictures and message are to vanish. */
  | { readonly type: 'delete'; readonly at: number }
  /** Nothing of the person is to remain; the row follows once the messages are gone. */
  | { readonly type: 'forget' }
  /** The words were those of somebody who is forgotten; the pictures stay, in files without words. */
  | { readonly type: 'clear_words'; readonly pictures: readonly Picture[] };

/** A transition that the job's state does not allow: a mistake in the code, since callers ask `canTransition` first. */
export class IllegalTransition extends Error {
  constructor(job: Job, change: Transition) {
    super(`job ${job.id} is ${job.state}/${job.delivery}: it cannot ${change.type}`);
    this.name = 'IllegalTransition';
  }
}

/** Whether `transition` would accept one of this type. */
export function canTransition(job: Job, type: Transition['type']): boolean {
  const { state, delivery } = job;
  switch (type) {
    case 'start':
    case 'take':
      return state === 'queued';
    case 'render':
    case 'retry':
    case 'release':
      return state === 'running' && delivery === 'none';
    case 'lose':
      return (
        (state === 'running' || state === 'undelivered') && (delivery === 'due' || delivery === 'posting')
      );
    case 'fail':
    case 'cancel':
      return (state === 'queued' || state === 'running') && delivery === 'none';
    case 'attach':
      return delivery !== 'gone';
    case 'post':
      return delivery === 'due';
    case 'posted':
      return delivery === 'posting';
    case 'gone':
    case 'refused':
      return delivery === 'due' || delivery === 'posting';
    case 'redeliver':
      return state === 'undelivered' && delivery === 'refused' && job.deletedAt === undefined;
    case 'delete':
      return job.deletedAt === undefined;
    case 'forget':
      return job.deletedAt !== undefined;
    case 'clear_words':
      return delivery !== 'none';
    default:
      return type satisfies never;
  }
}

/** The job after the transition. @throws IllegalTransition */
export function transition(job: Job, change: Transition): Job {
  if (!canTransition(job, change.type)) throw new IllegalTransition(job, change);
  switch (change.type) {
    case 'start':
      return {
        ...job,
        state: 'running',
        attempts: job.attempts + 1,
        device: change.device,
        startedAt: change.at,
      };
    case 'render':
      return {
        ...job,
        delivery: 'due',
        pictures: change.pictures,
        timings: change.timings,
        endedAt: change.at,
      };
    case 'take': {
      const { at, pictures, timings } = change;
      return { ...job, state: 'running', delivery: 'due', pictures, timings, startedAt: at, endedAt: at };
    }
    case 'retry':
      return { ...job, state: 'queued' };
    case 'release':
      return {
        ...job,
        state: 'queued',
        attempts: job.attempts - 1,
        ...(change.crash ? { crashes: (job.crashes ?? 0) + 1 } : {}),
      };
    case 'lose':
      return { ...job, state: 'queued', delivery: 'none', pictures: [], attempts: job.attempts - 1 };
    case 'fail':
      return { ...job, state: 'failed', delivery: 'due', fault: change.fault, endedAt: change.at };
    case 'cancel':
      return { ...job, state: 'cancelled', delivery: 'due', endedAt: change.at };
    case 'attach':
      return { ...job, messages: change.messages };
    case 'post':
      return { ...job, delivery: 'posting' };
    case 'posted': {
      const arrived = { ...job, state: whenDone(job), messages: change.messages };
      // Deleted while the picture was on its way: now the message that has arrived must go.
      return { ...arrived, delivery: job.deletedAt === undefined ? 'posted' : 'due' };
    }
    case 'gone':
      return { ...job, state: whenDone(job), delivery: 'gone' };
    case 'refused': {
      const state = job.state === 'running' ? 'undelivered' : job.state;
      return { ...job, state, delivery: 'refused', undelivered: change.reason };
    }
    case 'redeliver': {
      const { undelivered: _, ...rest } = job;
      return { ...rest, delivery: 'due', place: change.place, messages: change.messages };
    }
    case 'delete': {
      const { undelivered: _, ...rest } = job;
      return {
        ...rest,
        state: job.state === 'queued' || job.state === 'running' ? 'cancelled' : job.state,
        delivery: job.delivery === 'posting' || job.delivery === 'gone' ? job.delivery : 'due',
        pictures: [],
        deletedAt: change.at,
        endedAt: job.endedAt ?? change.at,
      };
    }
    case 'forget':
      return { ...job, by: { ...job.by, id: FORGOTTEN, name: '' }, asked: withoutWords(job.asked) };
    case 'clear_words':
      return { ...job, pictures: change.pictures, asked: withoutWords(job.asked) };
    default:
      return change satisfies never;
  }
}

function withoutWords({ request: { workflow: _, ...request } }: Asked): Asked {
  return { options: {}, request: { ...request, prompt: '', negative: '' } };
}

/** Whose jobs nobody's are: an id that no platform gives. */
const FORGOTTEN = '(forgotten)';

export function isForgotten(job: Job): boolean {
  return job.by.id === FORGOTTEN;
}

function whenDone(job: Job): JobState {
  return job.state === 'running' || job.state === 'undelivered' ? 'delivered' : job.state;
}

/** Nothing remains to be done for the job: neither rendering nor delivery. */
export function isSettled(job: Job): boolean {
  return job.delivery === 'posted' || job.delivery === 'gone' || job.delivery === 'refused';
}
