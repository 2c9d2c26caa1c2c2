/** The JSON interface to jobs: asking for one, following it, its pictures, and what its buttons do. */
import { imagine } from '../../../commands/imagine.ts';
import { Fault } from '../../../config/faults.ts';
import { Phrase } from '../../../config/messages.ts';
import type { FollowUp } from '../../jobs/desk.ts';
import type { Asking } from '../../jobs/intake.ts';
import type { Job } from '../../jobs/job.ts';
import { isJobId } from '../../jobs/job-id.ts';
import { type AddressLimits, jobOfResult } from '../address-limits.ts';
import { type Exchange, sendBytes, sendJson, sendNothing } from '../exchange.ts';
import { streamJob } from '../job-stream.ts';
import { jobJson } from '../message.ts';
import type { WebParts } from '../parts.ts';
import type { Bodies } from '../read-body.ts';
import { readGiven } from '../read-given.ts';
import type { Route } from '../router.ts';
import type { Streams } from '../streams.ts';
import { askingOf } from '../studio-place.ts';
import { SURFACE } from '../visitor.ts';

const FOLLOW_UPS: readonly FollowUp[] = ['again', 'reroll', 'vary', 'finalize'];

export interface JobRouteParts extends WebParts {
  readonly bodies: Bodies;
  readonly streams: Streams;
  readonly addresses: AddressLimits;
}

export function jobRoutes(parts: JobRouteParts): Route[] {
  const { desk, runCommand, readPicture, bodies, streams, addresses } = parts;

  /** A job that this page may show. @throws Fault `job.unknown`, `job.deleted` */
  function find({ params: { id = '' } }: Exchange): Job {
    const job = isJobId(id) ? desk.find(id) : undefined;
    // Pictures from private conversations elsewhere are not for this page.
    if (job === undefined || job.place.surface !== SURFACE) throw new Fault('job.unknown', {});
    if (job.deletedAt !== undefined) throw new Fault('job.deleted', {});
    return job;
  }

  async function ask(exchange: Exchange): Promise<void> {
    const { given, remixOf } = readGiven(await bodies.read(exchange.request, 'picture'));
    const { language } = exchange;
    const run = (asking: Asking) =>
      runCommand({
        command: imagine,
        given,
        asking,
        language,
        ...(remixOf === undefined ? {} : { remixOf }),
      });
    const result = await addresses.admit(askedFrom(exchange), run, jobOfResult);
    if ('job' in result) sendAccepted(exchange, result.job);
    else sendJson(exchange, 200, { reply: result });
  }

  async function followUp(kind: FollowUp, exchange: Exchange): Promise<void> {
    const job = find(exchange);
    const fields = await bodies.read(exchange.request, 'plain');
    const picture = readPictureNumber(fields.picture, job);
    const { id } = await addresses.admit(
      askedFrom(exchange),
      (asking) => desk.followUp(kind, job.id, asking, picture - 1),
      (made) => made.id,
    );
    sendAccepted(exchange, id);
  }

  async function sendPicture(exchange: Exchange): Promise<void> {
    const job = find(exchange);
    const { n = '' } = exchange.params;
    const picture = /^[1-9]$/.test(n) ? job.pictures[Number(n) - 1] : undefined;
    const bytes = picture && (await readPicture(picture.file));
    if (picture === undefined || bytes === undefined) {
      throw new Fault('http.not_found', { path: exchange.url.pathname });
    }
    const download = exchange.url.searchParams.has('download');
    const name = `darkroom-${job.asked.request.seed}-${n}.png`;
    sendBytes(exchange, 200, bytes, {
      'content-type': 'image/png',
      // It never changes, but it can be deleted: then nobody is to find it in a cache.
      'cache-control': 'private, no-cache',
      etag: `"${picture.sha256.slice(0, 32)}"`,
      ...(download ? { 'content-disposition': `attachment; filename="${name}"` } : {}),
    });
  }

  return [
    { method: 'POST', path: '/api/imagine', handle: ask },
    {
      method: 'GET',
      path: '/api/jobs/:id',
      handle(exchange) {
        const job = find(exchange);
        sendJson(exchange, 200, jobJson(job, desk.progressOf(job.id), exchange.language));
      },
    },
    {
      method: 'GET',
      path: '/api/jobs/:id/events',
      handle: (exchange) => streamJob(exchange, desk, find(exchange), streams),
    },
    { method: 'GET', path: '/api/jobs/:id/:n.png', handle: sendPicture },
    ...FOLLOW_UPS.map(
      (kind): Route => ({
        method: 'POST',
        path: `/api/jobs/:id/${kind}`,
        handle: (exchange) => followUp(kind, exchange),
      }),
    ),
    {
      method: 'POST',
      path: '/api/jobs/:id/cancel',
      async handle(exchange) {
        const { id } = find(exchange);
        await desk.cancel(id, exchange.visitor.person);
        sendJson(exchange, 200, { id, state: desk.find(id).state });
      },
    },
    {
      method: 'DELETE',
      path: '/api/jobs/:id',
      async handle(exchange) {
        await desk.delete(find(exchange).id, exchange.visitor.person);
        sendNothing(exchange);
      },
    },
  ];
}

function askedFrom(exchange: Exchange) {
  return { address: exchange.address, asking: askingOf(exchange) };
}

function sendAccepted(exchange: Exchange, id: string): void {
  const url = `/api/jobs/${id}`;
  sendJson(exchange, 202, { id, url }, { location: url });
}

/** Which of the job's pictures is meant, from 1. @throws Fault `option.value` */
function readPictureNumber(value: unknown, { asked }: Job): number {
  if (value === undefined || value === null) return 1;
  const { count } = asked.request;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= count) return number;
  const allowed = count === 1 ? '1' : new Phrase('allowed.whole', { min: 1, max: count });
  throw new Fault('option.value', { option: 'picture', value: String(value).slice(0, 402), allowed });
}
