/** Where jobs finish first: which waiting job, if any, a free device should begin, and which should wait for a faster one. */

export interface Lane {
  /** Milliseconds until it can begin something new. */
  readonly freeIn: number;
  /** It can begin something now. */
  readonly isFree: boolean;
}

/**
 * The first job in the queue's order that finishes sooner on a free device than on any other, and that device: each job
 * is given in turn to where it finishes first. Undefined where all of them are better off elsewhere.
 *
 * @param lanes the devices; of equal ones the first counts
 * @param expected milliseconds that a job takes on a device, loading included; infinite where it cannot be done
 */
export function firstToBegin(
  lanes: readonly Lane[],
  jobs: number,
  expected: (job: number, lane: number) => number,
): { readonly job: number; readonly lane: number } | undefined {
  const free = lanes.map(({ freeIn }) => freeIn);
  for (let job = 0; job < jobs; job++) {
    let best = 0;
    let soonest = Number.POSITIVE_INFINITY;
    for (let lane = 0; lane < lanes.length; lane++) {
      // Whatever the job takes there, it would end later.
      if (free[lane]! >= soonest) continue;
      const end = free[lane]! + expected(job, lane);
      if (end < soonest) [best, soonest] = [lane, end];
    }
    // Nobody can do it now: it is left out.
    if (soonest === Number.POSITIVE_INFINITY) continue;
    if (lanes[best]!.isFree) return { job, lane: best };
    free[best] = soonest;
  }
  return undefined;
}
