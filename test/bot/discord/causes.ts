/**
 * Which functions led here: not only those on the stack, which ends at the last `await`, but all whose calls are still
 * waited for. Whenever something asynchronous begins (a promise, an `await`, a timer), it is noted what stood on the stack
 * and in the course of what; from the end one goes back from each to the one in whose course it began. Only our own files
 * count, each function once, however often it stands there (a loop, a recursion).
 */
import { createHook, executionAsyncId } from 'node:async_hooks';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../architecture/import-graph.ts';

export interface Frame {
  /** From the repository's root. */
  readonly file: string;
  /** As V8 calls it; nothing for one without a name. */
  readonly name: string;
  /** Where the function begins: tells functions of one name apart. */
  readonly at: string;
}

/** Since Node 16, not in the types yet. */
type CallSite = NodeJS.CallSite & { getEnclosingLineNumber?(): number; getEnclosingColumnNumber?(): number };

const OURS = /^(bot|commands|config|pipeline)\//;

/** Our functions on the stack, the innermost first. */
function stack(): Frame[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 200;
  Error.prepareStackTrace = (_, sites) => sites;
  const sites = new Error().stack as unknown as CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return sites.flatMap((site) => {
    const name = site.getFileName() ?? '';
    const file = path.relative(ROOT, name.startsWith('file:') ? fileURLToPath(name) : name).split('?')[0]!;
    if (!OURS.test(file)) return [];
    const at = `${site.getEnclosingLineNumber?.()}:${site.getEnclosingColumnNumber?.()}`;
    return [{ file, name: site.getFunctionName() ?? '', at }];
  });
}

/** Begins to note. The returned function gives the functions that led to where it is called, the first one first. */
export function noteCauses(): () => Frame[] {
  const begun = new Map<number, { readonly within: number; readonly frames: readonly Frame[] }>();
  let isNoting = false;
  createHook({
    init(id) {
      if (isNoting) return;
      isNoting = true;
      begun.set(id, { within: executionAsyncId(), frames: stack() });
      isNoting = false;
    },
  }).enable();
  return () => {
    const frames = [...stack()];
    const seen = new Set<number>();
    for (let id = executionAsyncId(); begun.has(id) && !seen.has(id); id = begun.get(id)!.within) {
      seen.add(id);
      frames.push(...begun.get(id)!.frames);
    }
    const unique = new Map(frames.map((frame) => [`${frame.file} ${frame.name} ${frame.at}`, frame]));
    return [...unique.values()].reverse();
  };
}
