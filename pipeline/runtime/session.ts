/** A graph opened in onnxruntime: tensors in, tensors out. */
import type { FloatTensor } from '../float-tensor.ts';
import type { Compute } from '../graph/compute.ts';
import type { EmittedGraph } from '../graph/emitted-graph.ts';
import { type DeviceName, executionProviders } from './devices.ts';
import { loadOnnxruntime, type NativeOptions } from './onnxruntime.ts';

/** Row-major int64 values and their shape: token ids, positions. */
export interface IntegerTensor {
  readonly data: BigInt64Array;
  readonly shape: readonly number[];
}

export function integers(values: Iterable<number>, shape: readonly number[]): IntegerTensor {
  return { data: BigInt64Array.from(values, BigInt), shape };
}

export interface SessionOptions {
  readonly device: DeviceName;
  /** Where optimised graphs are kept; without it every start optimises anew. */
  readonly cacheFolder?: string;
  /** Threads of one run; onnxruntime takes the physical cores where none is given. */
  readonly threads?: number;
  /** Activations go back to the system as soon as they are used up, instead of staying for the next run. */
  readonly returnsMemory?: boolean;
  /** How the graph calculates; float32 on a processor in as little memory as possible where nothing is said. */
  readonly compute?: Compute;
  /**
   * Weights are copied into the order in which the processor multiplies fastest: 8 to 15 % less time a step, for private
   * memory of the weights' size as float32.
   */
  readonly prepacks?: boolean;
  /** Beginning of the name of a file that the runtime writes what it did into, on release. */
  readonly profile?: string;
}

export interface Session {
  /** One pass. The returned tensors are the caller's own. Blocks the process's event loop while it runs. */
  run(feeds: Readonly<Record<string, FloatTensor | IntegerTensor>>): Promise<Record<string, FloatTensor>>;
  /** Frees the session's memory and mappings; no run may follow. */
  release(): Promise<void>;
}

/** How a graph is opened: as it was emitted, to be saved once optimised; or as it was saved then. */
export interface Opening {
  /** Where the optimised graph is written; it points into the same weights. */
  readonly saveTo?: string;
  readonly alreadyOptimised?: boolean;
}

/** Opens a graph. For a whole network `openNetwork` does the same with less work the second time. */
export async function openSession(
  graph: Pick<EmittedGraph, 'model' | 'folder'>,
  options: SessionOptions,
  { saveTo, alreadyOptimised }: Opening = {},
): Promise<Session> {
  const { InferenceSession, Tensor } = await loadOnnxruntime();
  const native = await InferenceSession.create(graph.model, {
    ...nativeOptions(graph.folder, options),
    graphOptimizationLevel: alreadyOptimised ? 'disabled' : 'all',
    ...(saveTo === undefined ? {} : { optimizedModelFilePath: saveTo }),
  });
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

/**
 * - What goes wrong comes as an error; nothing is written to the standard error beside it.
 * - The folder option lets an in-memory model point into files anywhere; nothing is written beside them.
 * - Prepacking copies every float32 weight out of its mapping: 1.5 GB of private memory for a 1.6 GB file.
 * - Spinning threads win no time here and cost 6 to 9 % of the processor.
 * - A memory pattern is a second block, as large as everything at its peak, beside what the first run took
 *   (two layers of T5-XXL: 271 MB instead of 194), and wins no time.
 */
function nativeOptions(
  folder: string,
  { device, threads, returnsMemory, prepacks, profile }: SessionOptions,
): NativeOptions {
  return {
    executionProviders: executionProviders(device),
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    enableMemPattern: false,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    ...(returnsMemory ? { enableCpuMemArena: false } : {}),
    extra: {
      session: {
        model_external_initializers_file_folder_path: folder,
        disable_prepacking: prepacks ? '0' : '1',
        intra_op: { allow_spinning: '0' },
        // Processors without VNNI add products of 8 bits up in 16, where they may not fit: slower, but right.
        x64quantprecision: '1',
      },
    },
  };
}
