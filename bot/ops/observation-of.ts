/** Events of jobs as metrics and the log see them: flat, without records, and only what is worth counting. */
import type { JobEvent } from '../jobs/events.ts';
import type { Observation } from '../jobs/observation.ts';

/** @param now milliseconds since 1970 */
export function observationOf(event: JobEvent, now: number): Observation | undefined {
  const { id: job, place, device = '', createdAt, startedAt = now, endedAt = now, timings } = event.job;
  const { surface } = place;
  switch (event.type) {
    case 'queued':
      return { type: 'accepted', job, surface };
    case 'started':
      return { type: 'started', job, device, ms: sinceThen(createdAt, startedAt) };
    case 'progress':
      if (event.event?.type !== 'step') return undefined;
      return { type: 'step', job, device, ms: event.event.ms };
    case 'rendered':
      return { type: 'rendered', job, device, ms: timings?.total_ms ?? 0 };
    case 'failed': {
      const { fault, cause } = event.change;
      return { type: 'failed', job, code: fault.code, ...(cause === undefined ? {} : { cause }) };
    }
    case 'delivered':
      return { type: 'delivered', job, surface, ms: sinceThen(endedAt, now) };
    case 'undelivered':
      return { type: 'undelivered', job, surface, reason: event.change.reason };
    default:
      return undefined;
  }
}

/** By the wall clock, since a restart may lie between the two; it may have been set back meanwhile. */
function sinceThen(then: number, now: number): number {
  return Math.max(0, now - then);
}
