/** The JSON interface to jobs: asking for one, following it, its pictures, and what its buttons do. */
import type { Express } from 'express';
import { FOLLOW_UP_ACTIONS } from '../../../commands/follow-up.ts';
import { shown } from '../../../commands/read-fields.ts';
import { Fault } from '../../../config/faults.ts';
import { Phrase } from '../../../config/messages.ts';
import type { Context } from '../../chat/context.ts';
import { onButton } from '../../chat/on-button.ts';
import { imagineWith, onCommand } from '../../chat/on-command.ts';
import { sendJson, sendKept, sendNothing } from '../../http/answers.ts';
import type { Job } from '../../jobs/job.ts';
import { isJobId } from '../../jobs/job-id.ts';
import type { Action } from '../../messages/card.ts';
import { Thumbnails } from '../../messages/thumbnails.ts';
import { sendAnswer } from '../conversations.ts';
import type { Shared } from '../dependencies.ts';
import { streamJob } from '../job-stream.ts';
import { jobJson } from '../message.ts';
import { readGiven } from '../read-given.ts';
import { SURFACE } from '../visitor.ts';

/** What makes another job, or brings this one. */
const FOLLOW_UPS: readonly Action[] = FOLLOW_UP_ACTIONS.filter(
  (action) => action !== 'cancel' && action !== 'delete' && action !== 'remix',
);

export function jobRoutes(app: Express, shared: Shared): void {
  const { jobs, readPicture, bodies, streams, conversations } = shared;
  const thumbnails = new Thumbnails();
  jobs.watch('all', ({ type, job }) => {
    if (type !== 'deleted') return;
    for (let n = 1; n <= job.asked.request.count; n++) thumbnails.forget(`${job.id} ${n}`);
  });

  app.param('id', ({ path }, { locals }, next, id: string) => {
    if (!/^[\w-]+$/.test(id)) throw new Fault('http.not_found', { path });
    const job = isJobId(id) ? jobs.find(id) : undefined;
    // Pictures from private conversations elsewhere are not for this page.
    if (job === undefined || job.place.surface !== SURFACE) throw new Fault('job.unknown', {});
    if (job.deletedAt !== undefined) throw new Fault('job.deleted', {});
    locals.job = job;
    next();
  });

  app.post('/api/imagine', async (request, response) => {
    const { given, remixOf } = readGiven(await bodies.read(request, 'files'));
    const handle = (context: Context) =>
      onCommand(context, 'private', shared, () => imagineWith(given, remixOf));
    sendAnswer(response, (await conversations.ask(response, handle))!);
  });

  app.get('/api/jobs/:id', (_, response) => {
    const { job, language } = response.locals;
    sendJson(response, 200, jobJson(job, jobs.progressOf(job.id), language));
  });
  app.get('/api/jobs/:id/events', (_, response) => streamJob(response, jobs, streams));

  /** As it was made (`1.png`), or small (`1.webp`). */
  app.get('/api/jobs/:id/:n.:type', async ({ path, params: { n, type }, query }, response) => {
    const { id, pictures, asked } = response.locals.job;
    const picture = /^[1-9]\.(png|webp)$/.test(`${n}.${type}`) ? pictures[Number(n) - 1] : undefined;
    const read = async () => picture && readPicture(picture.file);
    const bytes = picture && (await (type === 'png' ? read() : thumbnails.of(`${id} ${n}`, read)));
    if (bytes === undefined) throw new Fault('http.not_found', { path });
    if ('download' in query) response.attachment(`darkroom-${asked.request.seed}-${n}.${type}`);
    sendKept(response, bytes, {
      'content-type': `image/${type}`,
      // It never changes, but it can be deleted: then nobody is to find it in a cache.
      'cache-control': 'private, no-cache',
      etag: `"${picture!.sha256.slice(0, 32)}-${type}"`,
    });
  });

  for (const action of FOLLOW_UPS) {
    app.post(`/api/jobs/:id/${action}`, async (request, response) => {
      const { job } = response.locals;
      const fields = await bodies.read(request, 'plain');
      const press = pressing(action, job, readPictureNumber(fields.picture, job) - 1);
      sendAnswer(response, (await conversations.ask(response, press)) ?? { job: job.id });
    });
  }
  app.post('/api/jobs/:id/cancel', async (_, response) => {
    const { id } = response.locals.job;
    await conversations.act(response, pressing('cancel', response.locals.job));
    sendJson(response, 200, { id, state: jobs.find(id).state });
  });
  app.delete('/api/jobs/:id', async (_, response) => {
    await conversations.act(response, pressing('delete', response.locals.job));
    sendNothing(response);
  });

  function pressing(action: Action, { id }: Job, picture = 0) {
    return (context: Context) => onButton(context, { kind: 'job', action, job: id, picture }, shared);
  }
}

/** Which of the job's pictures is meant, from 1. @throws Fault `option.value` */
function readPictureNumber(value: unknown, { asked }: Job): number {
  if (value === undefined || value === null) return 1;
  const { count } = asked.request;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 1 && number <= count) return number;
  const allowed = count === 1 ? '1' : new Phrase('allowed.whole', { min: 1, max: count });
  throw new Fault('option.value', { option: 'picture', value: shown(value), allowed });
}
