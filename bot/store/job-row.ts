/** A job as a row of the journal, and back. */
import { FOLLOW_UP_ACTIONS } from '../../commands/follow-up.ts';
import type { Job } from '../jobs/job.ts';
import { isObject } from './read-json.ts';

type Value = string | number | null;

/** Columns that change as a job moves, and the value of each. */
const CHANGING = {
  state: (job) => job.state,
  delivery: (job) => job.delivery,
  messages: (job) => JSON.stringify(job.messages),
  attempts: (job) => job.attempts,
  crashes: (job) => job.crashes ?? 0,
  device: (job) => job.device ?? null,
  timings: (job) => json(job.timings),
  fault: (job) => json(job.fault),
  undelivered: (job) => job.undelivered ?? null,
  place: (job) => JSON.stringify(job.place),
  started_at: (job) => job.startedAt ?? null,
  ended_at: (job) => job.endedAt ?? null,
  deleted_at: (job) => job.deletedAt ?? null,
} as const satisfies Record<string, (job: Job) => Value>;

/** Columns that change only when somebody is forgotten. */
const ASKED = {
  person: (job) => job.by.id,
  person_name: (job) => job.by.name,
  asked: (job) => JSON.stringify(job.asked),
} as const satisfies Record<string, (job: Job) => Value>;

const NEVER_CHANGING = {
  id: (job) => job.id,
  surface: (job) => job.by.surface,
  origin: (job) => json(job.origin),
  created_at: (job) => job.createdAt,
} as const satisfies Record<string, (job: Job) => Value>;

const ALL = { ...NEVER_CHANGING, ...ASKED, ...CHANGING };

export const CHANGING_COLUMNS = Object.keys(CHANGING);
export const ASKED_COLUMNS = Object.keys(ASKED);
export const JOB_COLUMNS = Object.keys(ALL);

/** Values in the order of the columns of the same name. */
export const changingValues = (job: Job): Value[] => Object.values(CHANGING).map((value) => value(job));
export const askedValues = (job: Job): Value[] => Object.values(ASKED).map((value) => value(job));
export const rowOfJob = (job: Job): Value[] => Object.values(ALL).map((value) => value(job));

export type JobRow = { readonly [C in keyof typeof ALL]: ReturnType<(typeof ALL)[C]> };

export interface PictureRow {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The row was written by `rowOfJob`, perhaps by an earlier version: then a migration has brought it here.
 * @throws Error where something else has written into it
 */
export function jobOfRow(row: JobRow, pictures: readonly PictureRow[]): Job {
  const job = read(row, pictures);
  const { asked, place, messages, origin } = job;
  const isWhole =
    STATES.includes(job.state) &&
    DELIVERIES.includes(job.delivery) &&
    isObject(asked) &&
    isObject(asked.options) &&
    isRequest(asked.request) &&
    isObject(place) &&
    [place.surface, place.channel].every(isText) &&
    Array.isArray(messages) &&
    messages.every((one) => isObject(one) && isText(one.id)) &&
    (origin === undefined || (isObject(origin) && isText(origin.job) && ORIGINS.includes(origin.kind)));
  if (!isWhole) throw new Error(`not a job's row: ${row.id}`);
  return job;
}

/** What every list, message and estimate reads of it; the rest is looked at where it is used. */
function isRequest(request: unknown): boolean {
  if (!isObject(request) || !isObject(request.model) || !isObject(request.model.files)) return false;
  const { model, prompt, negative, seed, width, height, steps, cfg, count } = request;
  const { checkpoint } = model.files as { checkpoint?: unknown };
  const numbers = [seed, width, height, steps, cfg, count];
  return [prompt, negative, model.name, checkpoint].every(isText) && numbers.every(Number.isFinite);
}

const isText = (value: unknown) => typeof value === 'string';

const ORIGINS: readonly string[] = [...FOLLOW_UP_ACTIONS];

const STATES = ['queued', 'running', 'delivered', 'undelivered', 'failed', 'cancelled'];
const DELIVERIES = ['none', 'due', 'posting', 'posted', 'gone', 'refused'];

function read(row: JobRow, pictures: readonly PictureRow[]): Job {
  return {
    id: row.id,
    state: row.state,
    delivery: row.delivery,
    by: { surface: row.surface, id: row.person, name: row.person_name },
    place: JSON.parse(row.place),
    messages: JSON.parse(row.messages),
    asked: JSON.parse(row.asked),
    ...(row.origin === null ? {} : { origin: JSON.parse(row.origin) }),
    attempts: row.attempts,
    ...(row.crashes === 0 ? {} : { crashes: row.crashes }),
    ...(row.device === null ? {} : { device: row.device }),
    pictures: pictures.map(({ file, sha256, bytes }) => ({ file, sha256, bytes })),
    ...(row.timings === null ? {} : { timings: JSON.parse(row.timings) }),
    ...(row.fault === null ? {} : { fault: JSON.parse(row.fault) }),
    ...(row.undelivered === null ? {} : { undelivered: row.undelivered }),
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
  };
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
