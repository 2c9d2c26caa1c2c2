/** A checked network as a session; its graph is emitted and optimised only where that was not done before. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { compactGraph } from '../graph/compact-graph.ts';
import { type Compute, ON_PROCESSOR } from '../graph/compute.ts';
import { commonFolder, type EmittedGraph } from '../graph/emitted-graph.ts';
import { currentStamp } from '../weights/file-stamp.ts';
import type { Network } from '../weights/geometry.ts';
import { loadOnnxruntime } from './onnxruntime.ts';
import { widened } from './room.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { discardCached, fillCache, LARGEST, readCached } from './session-cache.ts';

/**
 * Opens what `emit(network, graphOptions)` would emit. With a cache folder the optimised graph is kept there, and
 * the next start on this machine with the same files takes it from there.
 *
 * @param emit one of the `emit...` functions of `graph/`, by its own name
 * @param graphOptions plain data
 */
export async function openNetwork<G, O>(
  emit: (network: Network<G>, graphOptions: O & { readonly compute?: Compute }) => EmittedGraph,
  network: Network<G>,
  graphOptions: O,
  options: SessionOptions,
): Promise<Session> {
  const { cacheFolder, compute } = options;
  const emitted = () => emit(network, { ...graphOptions, ...(compute && { compute }) });
  if (cacheFolder === undefined || !isKept(network, options)) return openSession(emitted(), options);
  const { folder, files } = commonFolder(network);
  const { env } = await loadOnnxruntime();
  const key = digest([
    [env.versions.node ?? env.versions.common, process.platform, process.arch, cpus()[0]?.model],
    options.device,
    [graphCode(), emit.name, graphOptions, compute ?? null, options.prepacks ?? false],
    network.geometry,
    [...network.tensors],
    network.patches,
    // Small weights are folded into the optimised graph, so it holds only while the very same files do.
    files.map((file) => [file, currentStamp(file)]),
  ]);
  const cached = readCached(cacheFolder, key);
  if (cached) {
    try {
      return await openSession({ model: cached, folder }, options, { alreadyOptimised: true });
    } catch {
      discardCached(cacheFolder, key);
    }
  }
  return fillCache(
    cacheFolder,
    key,
    (path) => openSession(emitted(), options, path === undefined ? {} : { saveTo: path }),
    { compact: compactGraph },
  );
}

/** What is converted at load stands in the optimised graph: on a processor no matter, for a network as small as a graph may be. */
function isKept(
  { tensors }: Pick<Network<unknown>, 'tensors'>,
  { device, compute = ON_PROCESSOR }: SessionOptions,
): boolean {
  if (compute.weights === 'waiting') return true;
  if (device !== 'cpu') return false;
  return widened(tensors) <= LARGEST;
}

let code: string | undefined;

/** The code that emits graphs is part of what they depend on: a changed line must not find an old graph. */
function graphCode(): string {
  const folder = join(import.meta.dirname, '../graph');
  code ??= digest(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  return code;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
