/** The row of devices and the queue on the page: told when it has changed, a few times a second at most. */

import type { ResidentModel } from '../catalogue.ts';
import type { Hub } from '../http/hub.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Clock } from '../time/clock.ts';
import { authorOf } from './message.ts';
import { SURFACE } from './visitor.ts';

/** Milliseconds between two looks. */
const GAP = 300;
/** Requests that are listed. */
const SHOWN = 20;

export function statusOf(
  jobs: Jobs,
  readyDevices: () => readonly string[],
  modelOf: (file: string) => ResidentModel,
  refused: readonly { readonly device: string; readonly reason: string }[] = [],
) {
  const ready = readyDevices();
  return {
    devices: jobs.deviceStatus().map(({ device, state, resident, holding }) => ({
      device,
      state,
      ready: ready.includes(device),
      model: resident === undefined ? null : modelOf(resident),
      ...(holding?.budget === undefined ? {} : { memory: holding }),
    })),
    not_used: refused,
    waiting: jobs.waiting,
    // Only these are looked up: the row is told a few times a second, and thousands may wait.
    queue: jobs.queue(SHOWN).map(({ job, position, startsIn, endsIn }) => ({
      position,
      startsIn,
      endsIn,
      // What people of other surfaces asked for is not this page's business.
      ...(job.place.surface === SURFACE
        ? { id: job.id, by: authorOf(job), prompt: job.asked.request.prompt }
        : {}),
    })),
  };
}

export type Status = ReturnType<typeof statusOf>;

/** Tells the hub of every change. The returned function ends it. */
export function tellStatus(jobs: Jobs, hub: Hub, clock: Clock, status: () => Status): () => void {
  let last = '';
  let planned: (() => void) | undefined;
  const tell = () => {
    planned = undefined;
    if (hub.listeners === 0) return;
    const now = status();
    const text = JSON.stringify(now);
    if (text === last) return;
    last = text;
    hub.tell('status', 'status', now);
  };
  const stopListening = jobs.watch('all', ({ type }) => {
    if (type !== 'progress') planned ??= clock.after(GAP, tell);
  });
  return () => {
    planned?.();
    stopListening();
  };
}
