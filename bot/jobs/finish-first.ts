/** Where jobs finish first: which waiting job, if any, a free device should begin, and which should wait for a faster one. */

export interface Lane {
  /** Milliseconds until it can begin something new; 0 where it is free. */
  readonly freeIn: number;
}

/**
 * The place in the queue's order of the first job that finishes sooner on this device than on any other, each job being
 * given in turn to where it finishes first; undefined where all of them are better off elsewhere. Of equals the one that
 * is free now comes first.
 *
 * @param lanes the devices; @param own which of them asks
 * @param expected milliseconds that a job takes on a device, or loading included
 */
export function jobFor(
  lanes: readonly Lane[],
  own: number,
  jobs: number,
  expected: (job: number, lane: number) => number,
): number | undefined {
  const free = lanes.map(({ freeIn }) => freeIn);
  for (let job = 0; job < jobs; job++) {
    let best = own;
    for (let lane = 0; lane < lanes.length; lane++) {
      const difference = free[lane]! + expected(job, lane) - (free[best]! + expected(job, best));
      if (difference < 0) best = lane;
    }
    if (best === own) return job;
    free[best] = free[best]! + expected(job, best);
  }
  return undefined;
}
