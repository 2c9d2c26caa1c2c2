/** A job as a row of the journal, and back. */
import type { Job } from './job.ts';

export interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly delivery: string;
  readonly surface: string;
  readonly person: string;
  readonly person_name: string;
  readonly place: string;
  readonly messages: string;
  readonly asked: string;
  readonly origin: string | null;
  readonly init_file: string | null;
  readonly attempts: number;
  readonly device: string | null;
  readonly timings: string | null;
  readonly fault: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly deleted_at: number | null;
}

export interface PictureRow {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Columns in the order of `rowOfJob`. */
export const JOB_COLUMNS = [
  'id',
  'state',
  'delivery',
  'surface',
  'person',
  'person_name',
  'place',
  'messages',
  'asked',
  'origin',
  'init_file',
  'attempts',
  'device',
  'timings',
  'fault',
  'created_at',
  'started_at',
  'ended_at',
  'deleted_at',
] as const satisfies readonly (keyof JobRow)[];

export function rowOfJob(job: Job): (string | number | null)[] {
  const row: JobRow = {
    id: job.id,
    state: job.state,
    delivery: job.delivery,
    surface: job.by.surface,
    person: job.by.id,
    person_name: job.by.name,
    place: JSON.stringify(job.place),
    messages: JSON.stringify(job.messages),
    asked: JSON.stringify(job.asked),
    origin: job.origin === undefined ? null : JSON.stringify(job.origin),
    init_file: job.asked.request.init?.file ?? null,
    attempts: job.attempts,
    device: job.device ?? null,
    timings: job.timings === undefined ? null : JSON.stringify(job.timings),
    fault: job.fault === undefined ? null : JSON.stringify(job.fault),
    created_at: job.createdAt,
    started_at: job.startedAt ?? null,
    ended_at: job.endedAt ?? null,
    deleted_at: job.deletedAt ?? null,
  };
  return JOB_COLUMNS.map((column) => row[column]);
}

/** The row was written by `rowOfJob`, perhaps by an earlier version: then a migration has brought it here. */
export function jobOfRow(row: JobRow, pictures: readonly PictureRow[]): Job {
  return {
    id: row.id,
    state: row.state as Job['state'],
    delivery: row.delivery as Job['delivery'],
    by: { surface: row.surface, id: row.person, name: row.person_name },
    place: JSON.parse(row.place),
    messages: JSON.parse(row.messages),
    asked: JSON.parse(row.asked),
    ...(row.origin === null ? {} : { origin: JSON.parse(row.origin) }),
    attempts: row.attempts,
    ...(row.device === null ? {} : { device: row.device }),
    pictures: pictures.map(({ file, sha256, bytes }) => ({ file, sha256, bytes })),
    ...(row.timings === null ? {} : { timings: JSON.parse(row.timings) }),
    ...(row.fault === null ? {} : { fault: JSON.parse(row.fault) }),
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
  };
}
