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
 * @param expected milliseconds that a job takes on a device, loading included; infinite where it cannot be done
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
    let soonest = free[own]! + expected(job, own);
    for (let lane = 0; lane < lanes.length; lane++) {
      const end = free[lane]! + expected(job, lane);
      if (end < soonest) [best, soonest] = [lane, end];
    }
    // Nobody can do it now: it is left out.
    if (soonest === Number.POSITIVE_INFINITY) continue;
    if (best === own) return job;
    free[best] = soonest;
  }
  return undefined;
}
