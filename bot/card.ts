/** A job's message as every surface shows it, each in its own way: no platform's words or types. */
import { actionsFor, type FollowedJob, type FollowUpAction } from '../commands/follow-up.ts';
import { JOBS } from '../config/defaults.ts';
import { faultSentence } from '../config/fault-sentence.ts';
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';
import type { Pixels } from '../pipeline/request.ts';
import type { Job, KeptFault, Person } from './jobs/job.ts';
import { unknownWords } from './known-words.ts';
import { type PromptNote, promptNotes } from './prompt-notes.ts';
import { sentenceWithoutFolders } from './without-folders.ts';

export type CardState = FollowedJob['state'];

/** What can be pressed. */
export type Action = FollowUpAction;

/** How far an unfinished job is. Times in milliseconds. */
export type Progress =
  | {
      readonly phase: 'waiting';
      readonly place?: number;
      readonly startsIn?: number;
      readonly endsIn?: number;
    }
  | { readonly phase: 'starting' | 'loading' | 'encoding' | 'decoding'; readonly total: number }
  | { readonly phase: 'step'; readonly index: number; readonly total: number; readonly endsIn: number };

/** What made a picture. */
export interface Facts {
  readonly prompt: string;
  readonly negative: string;
  readonly model: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly count: number;
  /** Milliseconds that rendering took. */
  readonly took?: number;
}

export interface CardPicture {
  /** Which picture of the batch, from 0. */
  readonly index: number;
  /** Absolute path of the PNG file. */
  readonly path: string;
  readonly bytes: number;
}

export interface Card {
  readonly job: string;
  readonly state: CardState;
  readonly by: Person;
  readonly facts: Facts;
  readonly progress?: Progress;
  /** The newest look at the unfinished picture, already in 8-bit RGB; small. */
  readonly preview?: Pixels;
  readonly pictures: readonly CardPicture[];
  /** Why it failed. */
  readonly fault?: KeptFault;
  /** Why its place took it in no way. */
  readonly undelivered?: string;
  /** That it is tried again: which attempt of how many. */
  readonly attempt?: { readonly number: number; readonly of: number };
  /** What it was asked for that the built-in model does not know; `sayUnknown` makes a sentence of it. */
  readonly unknownWords?: readonly string[];
  /** What in its words was surely meant otherwise than it was read; `sayNotes` says all of it. */
  readonly promptNotes?: readonly PromptNote[];
  readonly actions: readonly Action[];
}

/** The card of a job as it is. @param pathOf absolute path of a file of the picture store */
export function describeJob(
  job: Job,
  pathOf: (file: string) => string,
  progress?: Progress,
  preview?: Pixels,
): Card {
  const state = stateOf(job);
  const open = state === 'waiting' || state === 'running';
  const attempt = attemptOf(job);
  const unknown = unknownWords(job.asked.request);
  const notes = promptNotes(job.asked.request);
  return {
    job: job.id,
    state,
    by: job.by,
    facts: factsOf(job),
    ...(open && progress !== undefined ? { progress } : {}),
    ...(open && preview !== undefined ? { preview } : {}),
    pictures: job.pictures.map(({ file, bytes }, index) => ({ index, path: pathOf(file), bytes })),
    ...(job.fault === undefined ? {} : { fault: job.fault }),
    ...(job.undelivered === undefined ? {} : { undelivered: job.undelivered }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(unknown.length === 0 ? {} : { unknownWords: unknown }),
    ...(notes.length === 0 ? {} : { promptNotes: notes }),
    actions: actionsFor(followed(job)),
  };
}

/** A job is finished for its message as soon as its pictures are there to be shown. */
function stateOf(job: Job): CardState {
  switch (job.state) {
    case 'queued':
      return 'waiting';
    case 'running':
      return job.pictures.length > 0 ? 'finished' : 'running';
    case 'delivered':
    case 'undelivered':
      return 'finished';
    case 'failed':
    case 'cancelled':
      return job.state;
    default:
      return job.state satisfies never;
  }
}

/** What the rules of buttons and reactions look at. */
export function followed(job: Job): FollowedJob {
  return {
    state: stateOf(job),
    deleted: job.deletedAt !== undefined,
    name: job.by.name,
    model: job.asked.request.model.name,
    pictures: job.pictures.length,
    isDraft: job.asked.finalModel !== undefined,
    isUndelivered: job.state === 'undelivered' && job.delivery === 'refused',
  };
}

/** Whether the job's message has this button: any other reaction is just a reaction. */
export function offers(job: Job, action: FollowUpAction): boolean {
  return actionsFor(followed(job)).includes(action);
}

export function factsOf({ asked: { request }, timings }: Job): Facts {
  const { prompt, negative, seed, width, height, steps, count } = request;
  const took = timings === undefined ? {} : { took: timings.total_ms };
  return { prompt, negative, model: request.model.name, seed, width, height, steps, count, ...took };
}

/** The line under a picture: `nano · seed 42 · 512x512 · 20 steps · 3.1 s`. The seed stands there in words. */
export function factsLine({ model, seed, width, height, steps, took }: Facts, language: Language): string {
  const facts = [model, `seed ${seed}`, `${width}x${height}`, say(language, 'facts.steps', { n: steps })];
  if (took !== undefined) facts.push(took < 60_000 ? `${(took / 1000).toFixed(1)} s` : minutes(took));
  return facts.join(' · ');
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Why it failed or was not delivered, or that it is tried again, in one sentence; undefined where there is nothing to say. */
export function sentenceOfCard(
  { fault, undelivered, attempt }: Pick<Card, 'fault' | 'undelivered' | 'attempt'>,
  language: Language,
): string | undefined {
  if (fault !== undefined) return sentenceWithoutFolders(fault, language);
  if (undelivered !== undefined) return undeliveredSentence(undelivered, language);
  return attempt && say(language, 'card.again', attempt);
}

/** @param reason as the platform put it */
export function undeliveredSentence(reason: string, language: Language): string {
  return faultSentence({ code: 'job.undelivered', data: { reason } }, language);
}

function attemptOf({ fault, state, attempts }: Job): Card['attempt'] {
  const isAgain = (state === 'queued' && attempts > 0) || (state === 'running' && attempts > 1);
  if (fault !== undefined || !isAgain) return undefined;
  return { number: Math.min(attempts + (state === 'queued' ? 1 : 0), JOBS.attempts), of: JOBS.attempts };
}
