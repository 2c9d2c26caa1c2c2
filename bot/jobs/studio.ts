/** Where requests go: a queue of one per device, each in front of its worker process. */
import PQueue from 'p-queue';
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import { WorkerHost, type WorkerOptions } from './worker-host.ts';

/** What a submitted request tells while it waits and runs. `retrying`: its worker died and it begins anew. */
export type JobEvent =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started'; readonly device: string }
  | { readonly type: 'retrying'; readonly attempt: number; readonly reason: string }
  | RenderEvent;

export interface Studio {
  /**
   * Renders a request when its turn comes.
   * @throws Fault the pipeline's; a request whose worker died is tried again, `attempts` times in all.
   */
  submit(
    request: PictureRequest,
    on: (event: JobEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult>;
  /** Ends all workers at once. */
  close(): Promise<void>;
}

export interface StudioOptions extends Omit<WorkerOptions, 'device'> {
  readonly devices: readonly string[];
  /** How often a request is begun before it fails for good. */
  readonly attempts: number;
}

interface Device {
  readonly name: string;
  readonly queue: PQueue;
  readonly worker: WorkerHost;
  /** The checkpoint it rendered with last, and so still holds. */
  holds: string | undefined;
}

export function openStudio(options: StudioOptions): Studio {
  const devices = options.devices.map(
    (name): Device => ({
      name,
      queue: new PQueue({ concurrency: 1 }),
      worker: new WorkerHost({ ...options, device: name }),
      holds: undefined,
    }),
  );
  return {
    submit(request, on, signal) {
      const device = chooseDevice(devices, request.model.files.checkpoint);
      on({ type: 'queued', ahead: load(device) });
      return device.queue.add(() => {
        on({ type: 'started', device: device.name });
        device.holds = request.model.files.checkpoint;
        return renderWithRetries(device.worker, request, on, options.attempts, signal);
      });
    },
    async close() {
      for (const device of devices) device.queue.clear();
      await Promise.all(devices.map((device) => device.worker.close()));
    },
  };
}

/** The shortest queue; among equals the device that holds the model already. */
function chooseDevice(devices: readonly Device[], checkpoint: string): Device {
  const cost = (device: Device) => load(device) + (device.holds === checkpoint ? 0 : 0.5);
  return devices.reduce((best, device) => (cost(device) < cost(best) ? device : best));
}

function load(device: Device): number {
  return device.queue.size + device.queue.pending;
}

async function renderWithRetries(
  worker: WorkerHost,
  request: PictureRequest,
  on: (event: JobEvent) => void,
  attempts: number,
  signal: AbortSignal | undefined,
): Promise<PictureResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await worker.render(request, on, signal);
    } catch (error) {
      const died =
        error instanceof Fault && (error.code === 'worker.crashed' || error.code === 'worker.files_changed');
      if (!died || attempt >= attempts || signal?.aborted) throw error;
      on({ type: 'retrying', attempt: attempt + 1, reason: error.message });
    }
  }
}
