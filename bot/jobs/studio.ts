/** Requests rendered one by one without being written down: for the terminal, which waits for its picture. */
import { JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import { systemClock } from '../clock.ts';
import { Dispatcher } from './dispatcher.ts';
import { FairQueue } from './fair-queue.ts';
import { hasDied, Lane } from './lane.ts';
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

export function openStudio(options: StudioOptions): Studio {
  const lanes = options.devices.map(
    (device) => new Lane(device, new WorkerHost({ ...options, device }), systemClock),
  );
  const dispatcher = new Dispatcher<(lane: Lane) => Promise<void>>(
    lanes,
    new FairQueue(JOBS),
    systemClock,
    ({ value }, lane) => value(lane),
  );
  return {
    submit(request, on, signal) {
      on({ type: 'queued', ahead: dispatcher.queue.size + lanes.filter((lane) => lane.isBusy).length });
      return new Promise((resolve, reject) => {
        const render = (lane: Lane) =>
          renderWithRetries(lane, request, on, options.attempts, signal).then(resolve, reject);
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
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

async function renderWithRetries(
  lane: Lane,
  request: PictureRequest,
  on: (event: JobEvent) => void,
  attempts: number,
  signal: AbortSignal | undefined,
): Promise<PictureResult> {
  on({ type: 'started', device: lane.device });
  for (let attempt = 1; ; attempt++) {
    try {
      return await lane.render(request, JOBS.silenceUnmeasured, on, signal);
    } catch (error) {
      if (!hasDied(error) || attempt >= attempts || signal?.aborted) throw error;
      on({ type: 'retrying', attempt: attempt + 1, reason: error.message });
    }
  }
}
