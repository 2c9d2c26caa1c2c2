/** A graph opened in onnxruntime: tensors in, tensors out. */
import type { FloatTensor } from '../float-tensor.ts';
import type { EmittedGraph } from '../graph/emitted-graph.ts';
import { type DeviceName, executionProviders } from './devices.ts';
import { loadOnnxruntime, type NativeOptions, type NativeSession } from './onnxruntime.ts';
import { cacheKey, discardCached, fillCache, readCached } from './session-cache.ts';

/** Row-major int64 values and their shape: token ids, positions. */
export interface IntegerTensor {
  readonly data: BigInt64Array;
  readonly shape: readonly number[];
}

export interface SessionOptions {
  readonly device: DeviceName;
  /** Where optimised graphs are kept; without it every start optimises anew. */
  readonly cacheFolder?: string;
  /** Threads of one run; onnxruntime takes the physical cores where none is given. */
  readonly threads?: number;
  /** Activations go back to the system as soon as they are used up, instead of staying for the next run. */
  readonly returnsMemory?: boolean;
}

export interface Session {
  /** One pass. The returned tensors are the caller's own. Blocks the process's event loop while it runs. */
  run(feeds: Readonly<Record<string, FloatTensor | IntegerTensor>>): Promise<Record<string, FloatTensor>>;
  /** Frees the session's memory and mappings; no run may follow. */
  release(): Promise<void>;
}

/** Opens a graph, from the cache where it was opened before on this machine with the same files. */
export async function openSession(graph: EmittedGraph, options: SessionOptions): Promise<Session> {
  const native = options.cacheFolder
    ? await openCached(graph, options, options.cacheFolder)
    : await create(graph.model, nativeOptions(graph, options));
  const { Tensor } = await loadOnnxruntime();
  return {
    async run(feeds) {
      const inputs: Record<string, InstanceType<typeof Tensor>> = {};
      for (const [name, { data, shape }] of Object.entries(feeds)) {
        inputs[name] =
          data instanceof Float32Array
            ? new Tensor('float32', data, shape)
            : new Tensor('int64', data, shape);
      }
      const outputs = await native.run(inputs);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data, dims }]) => [
          name,
          { data: data as Float32Array, shape: dims },
        ]),
      );
    },
    release: () => native.release(),
  };
}

async function openCached(
  graph: EmittedGraph,
  options: SessionOptions,
  folder: string,
): Promise<NativeSession> {
  const { env } = await loadOnnxruntime();
  const usual = nativeOptions(graph, options);
  const key = cacheKey(graph, env.versions.node ?? env.versions.common, options.device);
  const cached = readCached(folder, key);
  if (cached) {
    try {
      return await create(cached, { ...usual, graphOptimizationLevel: 'disabled' });
    } catch {
      discardCached(folder, key);
    }
  }
  return fillCache(folder, key, (path) =>
    create(graph.model, path === undefined ? usual : { ...usual, optimizedModelFilePath: path }),
  );
}

async function create(model: Uint8Array, options: NativeOptions): Promise<NativeSession> {
  const { InferenceSession } = await loadOnnxruntime();
  return InferenceSession.create(model, options);
}

/**
 * - The folder option lets an in-memory model point into files anywhere; nothing is written beside them.
 * - Prepacking would copy every float32 weight out of its mapping: 1.5 GB of private memory for a 1.6 GB file.
 * - Spinning threads win no time here and cost 6 to 9 % of the processor.
 * - A memory pattern is a second block, as large as everything at its peak, beside what the first run took
 *   (two layers of T5-XXL: 271 MB instead of 194), and wins no time.
 */
function nativeOptions(
  graph: EmittedGraph,
  { device, threads, returnsMemory }: SessionOptions,
): NativeOptions {
  return {
    executionProviders: executionProviders(device),
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    enableMemPattern: false,
    ...(returnsMemory ? { enableCpuMemArena: false } : {}),
    extra: {
      session: {
        model_external_initializers_file_folder_path: graph.folder,
        disable_prepacking: '1',
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}
