/** One job as server-sent events: `state` and `step` while it lasts, then `done` with the whole job. */
import type { Response } from 'express';
import { sendNothing } from '../http/answers.ts';
import { formatEvent, type Streams } from '../http/streams.ts';
import type { Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { previewUrl } from '../messages/preview-url.ts';
import { jobJson, progressJson } from './message.ts';

const DONE = 'done';

/**
 * Says first how the job is now; a reader that comes again misses only previews that are out of date. One that has
 * heard `done` is told not to come again (204).
 */
export function streamJob(response: Response, jobs: Jobs, streams: Streams): void {
  const { job, language, address } = response.locals;
  if (response.req.get('last-event-id') === DONE) {
    sendNothing(response);
    return;
  }
  const stream = streams.begin(response, address);
  let number = 0;
  let said = '';

  function sayState(now: Job): void {
    const state = { id: now.id, state: now.state, ...progressJson(jobs.progressOf(now.id)) };
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

  const stopWatching = jobs.watch(job.id, (event) => {
    if (event.type === 'progress' && event.event?.type === 'step') {
      void sayStep(event.event.preview, { id: job.id, ...progressJson(event.progress) });
    } else if (isOver(event.job)) finish(event.job);
    else sayState(event.job);
  });
  stream.onEnd(stopWatching);

  async function sayStep(preview: Parameters<typeof previewUrl>[0] | undefined, step: object): Promise<void> {
    const mine = ++number;
    // A look that is no picture, from another machine, costs itself only.
    const url = preview && (await previewUrl(preview).catch(() => undefined));
    // A step that was encoded faster than its predecessor has made that one worthless.
    if (mine < latest) return;
    latest = mine;
    stream.write(formatEvent('step', { ...step, preview: url }, String(mine)));
  }
  let latest = 0;

  const now = jobs.find(job.id);
  if (isOver(now)) finish(now);
  else sayState(now);
}
