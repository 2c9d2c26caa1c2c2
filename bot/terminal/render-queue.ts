/** Requests rendered one by one without being written down: for the terminal, which waits for its picture. */
import { JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import { Device, hasDied } from '../devices/device.ts';
import { type WorkerOptions, WorkerProcess } from '../devices/worker-process.ts';
import { Dispatcher } from '../jobs/dispatcher.ts';
import { FairQueue } from '../jobs/fair-queue.ts';
import { systemClock } from '../time/clock.ts';

/** What a submitted request tells while it waits and runs. `retrying`: its worker died and it begins anew. */
export type JobEvent =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started'; readonly device: string }
  | { readonly type: 'retrying'; readonly attempt: number; readonly reason: string }
  | RenderEvent;

export interface RenderQueue {
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

export interface RenderQueueOptions extends Omit<WorkerOptions, 'device' | 'budget'> {
  /** Bytes that models may take on each card, where that is known. */
  readonly budgets?: ReadonlyMap<string, number>;
  readonly devices: readonly string[];
  /** How often a request is begun before it fails for good. */
  readonly attempts: number;
}

export function openRenderQueue(options: RenderQueueOptions): RenderQueue {
  const { budgets, devices: names, attempts, ...common } = options;
  const devices = names.map((device) => {
    const budget = budgets?.get(device);
    const worker = new WorkerProcess({ ...common, device, ...(budget === undefined ? {} : { budget }) });
    return new Device(device, worker, systemClock);
  });
  const dispatcher = new Dispatcher<(device: Device) => Promise<void>>(
    devices,
    new FairQueue(JOBS),
    systemClock,
    ({ value }, device) => value(device),
  );
  return {
    submit(request, on, signal) {
      on({ type: 'queued', ahead: dispatcher.queue.size + devices.filter((device) => device.isBusy).length });
      return new Promise((resolve, reject) => {
        const render = (device: Device) =>
          renderWithRetries(device, request, on, attempts, signal).then(resolve, reject);
        const model = request.model.files.checkpoint;
        dispatcher.add({ id: request.id, person: '', model, value: render, since: systemClock.monotonic() });
        signal?.addEventListener(
          'abort',
          () => dispatcher.queue.remove(request.id) && reject(new Fault('cancelled', {})),
          { once: true },
        );
      });
    },
    async close() {
      dispatcher.pause();
      await Promise.all(devices.map((device) => device.close()));
    },
  };
}

async function renderWithRetries(
  device: Device,
  request: PictureRequest,
  on: (event: JobEvent) => void,
  attempts: number,
  signal: AbortSignal | undefined,
): Promise<PictureResult> {
  on({ type: 'started', device: device.device });
  for (let attempt = 1; ; attempt++) {
    try {
      return await device.render(request, JOBS.silenceUnmeasured, on, signal);
    } catch (error) {
      if (!hasDied(error) || attempt >= attempts || signal?.aborted) throw error;
      on({ type: 'retrying', attempt: attempt + 1, reason: error.message });
    }
  }
}
