/** Everything that can be wrong with one field of a platform's JSON, for each field there is. */

type Json = unknown;

/** What stands there instead; `undefined` where the field is missing. */
const WRONG: readonly Json[] = [undefined, null, 1e308, '', [null], { id: null }];

export interface Mutation {
  /** `event.item.ts is null` */
  readonly what: string;
  readonly value: Json;
}

/** The value with one field changed at a time, in every way. @param deepest how far inside fields may stand */
export function mutations(value: Json, deepest = Number.POSITIVE_INFINITY): Mutation[] {
  const paths = pathsIn(value).filter((path) => path.length <= deepest);
  return paths.flatMap((path) =>
    WRONG.map((wrong) => ({
      what: `${path.join('.')} is ${JSON.stringify(wrong) ?? 'missing'}`,
      value: changed(value, path, wrong),
    })),
  );
}

function pathsIn(value: Json): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...pathsIn(inner).map((path) => [key, ...path]),
  ]);
}

function changed(value: Json, [key, ...rest]: readonly string[], wrong: Json): Json {
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const fields = copy as Record<string, Json>;
  if (rest.length > 0) fields[key!] = changed(fields[key!], rest, wrong);
  else if (wrong === undefined) delete fields[key!];
  else fields[key!] = wrong;
  return copy;
}

/** Notes rejections that nobody handles, each of which would end the service. */
export function watchRejections(): { readonly seen: unknown[]; stop(): void } {
  const seen: unknown[] = [];
  const note = (cause: unknown) => seen.push(cause);
  process.on('unhandledRejection', note);
  return { seen, stop: () => process.off('unhandledRejection', note) };
}
