/** A job's message as every surface shows it, each in its own way: no platform's words or types. */
import { JOBS } from '../config/defaults.ts';
import { FAULTS } from '../config/faults.ts';
import type { Pixels } from '../pipeline/request.ts';
import type { Job, Person } from './jobs/job.ts';

export type CardState = 'waiting' | 'running' | 'finished' | 'failed' | 'cancelled';

/** What can be pressed. `cancel` while it waits or runs; the rest once it is over. */
export type Action = 'cancel' | 'reroll' | 'vary' | 'finalize' | 'remix' | 'delete';

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
  /** Why it failed, or that it is tried again: one sentence. */
  readonly sentence?: string;
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
  const sentence = sentenceOf(job);
  return {
    job: job.id,
    state,
    by: job.by,
    facts: factsOf(job),
    ...(open && progress !== undefined ? { progress } : {}),
    ...(open && preview !== undefined ? { preview } : {}),
    pictures: job.pictures.map(({ file, bytes }, index) => ({ index, path: pathOf(file), bytes })),
    ...(sentence === undefined ? {} : { sentence }),
    actions: actionsOf(state, job.asked.finalModel !== undefined),
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
      return 'finished';
    case 'failed':
    case 'cancelled':
      return job.state;
    default:
      return job.state satisfies never;
  }
}

function actionsOf(state: CardState, isDraft: boolean): readonly Action[] {
  switch (state) {
    case 'waiting':
    case 'running':
      return ['cancel'];
    case 'finished':
      return ['reroll', 'vary', ...(isDraft ? (['finalize'] as const) : []), 'remix', 'delete'];
    case 'failed':
    case 'cancelled':
      return ['remix', 'delete'];
    default:
      return state satisfies never;
  }
}

/** Whether the job's message has this button: any other reaction is just a reaction. */
export function offers(job: Job, action: string): boolean {
  if (job.deletedAt !== undefined) return false;
  return actionsOf(stateOf(job), job.asked.finalModel !== undefined).some((one) => one === action);
}

export function factsOf({ asked: { request }, timings }: Job): Facts {
  const { prompt, negative, seed, width, height, steps, count } = request;
  const took = timings === undefined ? {} : { took: timings.total_ms };
  return { prompt, negative, model: request.model.name, seed, width, height, steps, count, ...took };
}

/** The line under a picture: `nano · seed 42 · 512x512 · 20 steps · 3.1 s`. The seed stands there in words. */
export function factsLine({ model, seed, width, height, steps, took }: Facts): string {
  const facts = [model, `seed ${seed}`, `${width}x${height}`, `${steps} ${steps === 1 ? 'step' : 'steps'}`];
  if (took !== undefined) facts.push(took < 60_000 ? `${(took / 1000).toFixed(1)} s` : minutes(took));
  return facts.join(' · ');
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function sentenceOf({ fault, state, attempts }: Job): string | undefined {
  if (fault !== undefined) return (FAULTS[fault.code].sentence as (data: unknown) => string)(fault.data);
  if ((state === 'queued' && attempts > 0) || (state === 'running' && attempts > 1)) {
    return `It was interrupted and is tried again (${Math.min(attempts + (state === 'queued' ? 1 : 0), JOBS.attempts)} of ${JOBS.attempts}).`;
  }
  return undefined;
}
