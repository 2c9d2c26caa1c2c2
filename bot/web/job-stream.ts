/** One job as server-sent events: `state` and `step` while it lasts, then `done` with the whole job. */
import type { Desk } from '../jobs/desk.ts';
import type { Job } from '../jobs/job.ts';
import { formatEvent } from './event-stream.ts';
import { type Exchange, sendNothing } from './exchange.ts';
import { jobJson, progressJson } from './message.ts';
import { previewUrl } from './preview-url.ts';
import type { Streams } from './streams.ts';

const DONE = 'done';

/**
 * Says first how the job is now; a reader that comes again misses only previews that are out of date. One that has
 * heard `done` is told not to come again (204).
 */
export function streamJob(exchange: Exchange, desk: Desk, job: Job, streams: Streams): void {
  const { request, response, language, address } = exchange;
  if (request.headers['last-event-id'] === DONE) {
    sendNothing(exchange);
    return;
  }
  const stream = streams.begin(response, address);
  let number = 0;
  let said = '';

  function sayState(now: Job): void {
    const state = { id: now.id, state: now.state, ...progressJson(desk.progressOf(now.id)) };
    const text = JSON.stringify(state);
    if (text === said) return;
    said = text;
    stream.write(formatEvent('state', state, String(++number)));
  }

  function isOver({ state }: Job): boolean {
    return state !== 'queued' && state !== 'running';
  }

  function finish(now: Job): void {
    stopWatching();
    stream.write(formatEvent(DONE, jobJson(now, undefined, language), DONE));
    stream.end();
  }

  const stopWatching = desk.watch(job.id, (id, news) => {
    if (news.type === 'job') {
      if (isOver(news.job)) finish(news.job);
      else sayState(news.job);
    } else if (news.event?.type === 'step')
      void sayStep(news.event.preview, { id, ...progressJson(news.progress) });
    else sayState(desk.find(id));
  });
  stream.onEnd(stopWatching);

  async function sayStep(preview: Parameters<typeof previewUrl>[0] | undefined, step: object): Promise<void> {
    const mine = ++number;
    const url = preview === undefined ? {} : { preview: await previewUrl(preview) };
    // A step that was encoded faster than its predecessor has made that one worthless.
    if (mine < latest) return;
    latest = mine;
    stream.write(formatEvent('step', { ...step, ...url }, String(mine)));
  }
  let latest = 0;

  const now = desk.find(job.id);
  if (isOver(now)) finish(now);
  else sayState(now);
}
