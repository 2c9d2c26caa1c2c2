/** A job's message as the page gets it, and a job as scripts get it: JSON, no paths, no ids of people. */
import { commandFor } from '../../commands/format-command.ts';
import type { Installation } from '../../commands/installation.ts';
import type { KeptOptions } from '../../commands/job-service.ts';
import { loraName } from '../../commands/lora-tags.ts';
import type { Language } from '../../config/languages.ts';
import type { Job } from '../jobs/job.ts';
import type { Progress } from '../jobs/progress.ts';
import { type Card, describeJob, factsLine, sentenceOfCard } from '../messages/card.ts';
import { nearestWords, unknownWords } from '../messages/known-words.ts';
import { promptNotes, sayNotes } from '../messages/prompt-notes.ts';
import { languageOfPlace } from './studio-place.ts';
import { publicId } from './visitor.ts';

export interface Author {
  /** Tells people apart; proves nothing. */
  readonly id: string;
  readonly name: string;
}

export type Known = Pick<Installation, 'styles' | 'models'>;

/** @param previews data URLs of the newest look at each of its pictures */
export function messageOf(job: Job, card: Card, installation: Known, previews?: readonly string[]) {
  const { request, options } = job.asked;
  const language = languageOfPlace(job.place);
  return {
    id: job.id,
    by: authorOf(job),
    at: job.createdAt,
    state: card.state,
    facts: card.facts,
    line: factsLine(card.facts, language),
    recipe: recipeOf(job),
    options,
    // Read beside a finished picture only; it takes some reading to write.
    command:
      card.pictures.length === 0
        ? ''
        : commandFor({ options: options as KeptOptions, request }, installation),
    fromPicture: request.init === undefined ? undefined : { strength: request.init.strength },
    finalModel: job.asked.finalModel,
    origin: job.origin,
    progress: card.progress,
    previews,
    pictures: card.pictures.map(({ index, bytes }) => ({
      url: pictureUrl(job.id, index),
      small: `/api/jobs/${job.id}/${index + 1}.webp`,
      bytes,
    })),
    sentence: sentenceOfCard(card, language),
    note: sayNotes(card, language),
    actions: card.actions,
  };
}

export type Message = ReturnType<typeof messageOf>;

/** The message of a job as it is now, for a page that has just been opened. */
export function presentMessage(
  job: Job,
  progress: Progress | undefined,
  installation: Known,
  previews?: readonly string[],
): Message {
  return messageOf(job, describeJob(job, String, progress), installation, previews);
}

export function pictureUrl(job: string, index: number): string {
  return `/api/jobs/${job}/${index + 1}.png`;
}

export function authorOf({ by }: Job): Author {
  return { id: publicId(by), name: by.name };
}

/** Everything that decides the picture, for the large view. */
function recipeOf({ asked: { request }, device, timings }: Job) {
  const { seed, width, height, steps, cfg, sampler, scheduler, shift, count, slg, loras, control } = request;
  return {
    model: request.model.name,
    seed,
    size: `${width}x${height}`,
    steps,
    cfg,
    sampler,
    scheduler,
    shift,
    count: count > 1 ? count : undefined,
    slg: slg?.scale,
    loras: loras?.map(({ file, strength }) => `${loraName(file)} ${strength}`).join(', '),
    control: control && `${loraName(control.file)} ${control.strength}`,
    strength: request.init?.strength,
    device,
    seconds: timings && Math.round(timings.total_ms / 100) / 10,
  };
}

/** A job for scripts. */
export function jobJson(job: Job, progress: Progress | undefined, language: Language) {
  const {
    model,
    init,
    loras,
    control,
    workflow,
    previews: _,
    keepTensors: __,
    ...request
  } = job.asked.request;
  const unknown = unknownWords(job.asked.request);
  return {
    id: job.id,
    state: job.state,
    // Always there: null where it is not in the queue, and the steps that are done.
    place: null,
    step: job.pictures.length > 0 ? request.steps : 0,
    ...progressJson(progress),
    attempts: job.attempts,
    request: {
      ...request,
      model: model.name,
      strength: init?.strength,
      loras: loras?.map(({ file, strength }) => ({ name: loraName(file), strength })),
      control: control && { model: loraName(control.file), strength: control.strength },
      workflow: workflow && true,
    },
    pictures: job.pictures.map((_, index) => pictureUrl(job.id, index)),
    error: sentenceOfCard(job, language) ?? null,
    code: job.undelivered === undefined ? job.fault?.code : 'job.undelivered',
    timings: job.timings,
    ...(unknown.length === 0 ? {} : { unknown_words: unknown, nearest_words: nearestWords(unknown) }),
    note: sayNotes({ unknownWords: unknown, promptNotes: promptNotes(job.asked.request) }, language),
    origin: job.origin,
    created_at: isoTime(job.createdAt),
    started_at: isoTime(job.startedAt),
    ended_at: isoTime(job.endedAt),
  };
}

/** Where an unfinished job is; times in seconds, steps from 1. */
export function progressJson(progress: Progress | undefined) {
  if (progress === undefined) return {};
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms / 100) / 10);
  switch (progress.phase) {
    case 'waiting':
      return {
        phase: progress.phase,
        place: progress.position,
        starts_in_s: seconds(progress.startsIn),
        ends_in_s: seconds(progress.endsIn),
      };
    case 'step':
      return {
        phase: progress.phase,
        step: progress.index,
        steps: progress.total,
        ends_in_s: seconds(progress.endsIn),
      };
    default:
      return {
        phase: progress.phase,
        step: progress.phase === 'decoding' ? progress.total : 0,
        steps: progress.total,
      };
  }
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
