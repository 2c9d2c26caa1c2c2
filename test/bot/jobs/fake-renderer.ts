/** A device that draws nothing, but sleeps, fails, hangs and dies as it is told; time is the test's. */

import type { Renderer } from '../../../bot/devices/device.ts';
import type { Clock } from '../../../bot/time/clock.ts';
import { pause } from '../../../bot/time/clock.ts';
import { Fault } from '../../../config/faults.ts';
import type { RenderEvent } from '../../../pipeline/messages.ts';
import type { PictureRequest, PictureResult, Pixels } from '../../../pipeline/request.ts';
import type { Holding } from '../../../pipeline/runtime/holdings.ts';

export type Mishap = 'crash' | 'hang' | 'fault';

export class FakeRenderer implements Renderer {
  /** What happens at the first step of the next requests, in order. */
  readonly mishaps: (Mishap | undefined)[] = [];
  /** Requests that were begun, in order. */
  readonly begun: PictureRequest[] = [];
  kills = 0;
  /** What it says that it holds of its device's memory. */
  holding: Holding | undefined;
  /** The bytes of a finished picture. */
  picture = ({ seed }: PictureRequest, index: number): Uint8Array =>
    Uint8Array.of(seed % 256, index, 1, 2, 3);
  /** What is shown after each step; by default one point that changes. */
  preview: Pixels | 'none' | undefined;
  private readonly clock: Clock;
  private readonly stepTime: number;
  private readonly device: string;
  private die: ((fault: Fault) => void) | undefined;
  private closed = false;

  /** @param stepTime milliseconds */
  constructor(clock: Clock, stepTime: number, device = 'cpu') {
    this.clock = clock;
    this.stepTime = stepTime;
    this.device = device;
  }

  async render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult> {
    if (this.closed) throw new Fault('cancelled', {});
    this.begun.push(request);
    const death = new Promise<never>((_, reject) => {
      this.die = reject;
    });
    death.catch(() => {});
    return Promise.race([this.draw(request, progress, signal), death]);
  }

  kill(): void {
    this.kills++;
    this.die?.(new Fault('worker.crashed', { device: this.device, cause: 'SIGKILL' }));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.die?.(new Fault('cancelled', {}));
  }

  private async draw(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal: AbortSignal | undefined,
  ): Promise<PictureResult> {
    const mishap = this.mishaps.shift();
    progress({ type: 'encoding' });
    const step_ms: number[] = [];
    for (let index = 1; index <= request.steps; index++) {
      await pause(this.clock, this.stepTime);
      if (signal?.aborted) throw new Fault('cancelled', {});
      if (mishap === 'crash') throw new Fault('worker.crashed', { device: this.device, cause: 'SIGSEGV' });
      if (mishap === 'fault') throw new Fault('weights.unreadable', { file: 'nano', cause: 'gone' });
      if (mishap === 'hang') await new Promise(() => {});
      const preview = this.preview ?? { width: 1, height: 1, data: Uint8Array.of(index, 0, 0) };
      const shown = preview === 'none' ? {} : { preview };
      progress({ type: 'step', index, total: request.steps, sigma: 1, ms: this.stepTime, ...shown });
      step_ms.push(this.stepTime);
    }
    const total_ms = this.stepTime * request.steps;
    const timings = { load_ms: 0, encode_ms: 0, sample_ms: total_ms, step_ms, decode_ms: 0, total_ms };
    const pictures = Array.from({ length: request.count }, (_, i) => this.picture(request, i));
    return { pictures, timings };
  }
}
