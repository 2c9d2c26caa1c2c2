/** Something that must reach somebody, tried by one way after the other. */
import { mayPass, problemOf, SurfaceError } from './surface.ts';

/**
 * The first way that is taken. What may pass (an outage, a limit) ends the search, since it is worth waiting for; so does
 * a message that somebody removed, when the first way says it: nobody misses it then.
 * @returns what the way gave, and which it was, from 0
 * @throws SurfaceError the first refusal, where all refuse
 */
export async function byAnyWay<T>(
  ways: readonly (() => Promise<T>)[],
): Promise<{ readonly value: T; readonly way: number }> {
  let first: { readonly reason: string; readonly cause: unknown } | undefined;
  for (const [way, go] of ways.entries()) {
    try {
      return { value: await go(), way };
    } catch (error) {
      const problem = problemOf(error);
      if (mayPass(error) || (problem.kind === 'gone' && way === 0)) throw error;
      const reason = 'reason' in problem ? problem.reason : problem.kind;
      first ??= { reason, cause: error instanceof SurfaceError ? error.cause : error };
    }
  }
  throw new SurfaceError({ kind: 'refused', reason: first?.reason ?? 'no way' }, first?.cause);
}
