/** Starts and watches the worker process of one device; a request in, its progress and result out. */
import { type ChildProcess, fork } from 'node:child_process';
import os from 'node:os';
import { Fault, type FaultCode, type FaultData } from '../../config/faults.ts';
import type { Precision } from '../../config/settings.ts';
import { type RenderEvent, type WorkerCommand, workerReport } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import type { Holding } from '../../pipeline/runtime/holdings.ts';
import { FileDigests } from '../../pipeline/weights/file-digest.ts';
import { takeEarly } from './early-worker.ts';
import { forkOptions } from './fork-options.ts';
import { programOf } from './programs.ts';
import { readyToSend } from './send-request.ts';
import { Death } from './worker-death.ts';

export interface WorkerOptions {
  /** `cpu`, `cuda:0`, `webgpu`. */
  readonly device: string;
  /** Folder for optimised graphs; none are kept without it. */
  readonly cacheFolder?: string;
  /** Threads of a forward pass; the runtime's own choice without it. */
  readonly threads?: number;
  /** Arithmetic of the transformer; what the device does best without it. */
  readonly precision?: Precision;
  /** Bytes that models may take on the card; nothing is reckoned with without it. */
  readonly budget?: number;
  /** What a worker writes to its standard error, and details of failures, for the log. */
  readonly log?: (line: string) => void;
  /** The worker's program, for tests; our own without it. */
  readonly entry?: string;
}

interface Living {
  readonly child: ChildProcess;
  readonly death: Death;
}

interface Running {
  readonly child: ChildProcess;
  readonly id: string;
  /** By their hashes. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
  readonly progress: (event: RenderEvent) => void;
  readonly resolve: (result: PictureResult) => void;
  readonly reject: (fault: Fault) => void;
}

/** Nice value: about a third of the share of an ordinary process when all want the processor, all of it otherwise. */
const RENDERING_PRIORITY = 5;

/** Milliseconds after its exit in which a worker's last words are waited for. */
const LAST_WORDS = 500;

export class WorkerProcess {
  private living: Living | undefined;
  private running: Running | undefined;
  /** What the worker held after its last request. */
  holding: Holding | undefined;
  private closed = false;
  private busy = false;
  private readonly digests = new FileDigests();
  private readonly options: WorkerOptions;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  /** The process id of the living worker, if there is one. */
  get pid(): number | undefined {
    return this.living?.child.pid;
  }

  /**
   * Renders one request; the worker is started when there is none. One at a time: the caller queues.
   * @param signal aborting cancels before the next step.
   * @throws Fault the worker's own; `worker.crashed`, `worker.memory` or `worker.files_changed` when the process died;
   * `pipeline.failed` when it said something that cannot be understood
   */
  async render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult> {
    if (this.busy) throw new Error('a worker renders one request at a time');
    this.busy = true;
    const stopIfCancelled = () => {
      if (this.closed || signal?.aborted) throw new Fault('cancelled', {});
    };
    let cancel = () => {};
    try {
      stopIfCancelled();
      // It starts while the request is made ready.
      if (this.living === undefined) this.start();
      const { here, pictures, ...ready } = await readyToSend(request, this.digests);
      stopIfCancelled();
      const { child } = this.living ?? this.start();
      const sent = (error: Error | null) => error && this.lost(child, () => this.dead(error.message));
      cancel = () =>
        void (
          child.connected && child.send({ type: 'cancel', id: request.id } satisfies WorkerCommand, sent)
        );
      const rendered = new Promise<PictureResult>((resolve, reject) => {
        this.running = { child, id: request.id, pictures, progress, resolve, reject };
      });
      signal?.addEventListener('abort', cancel, { once: true });
      if (child.connected) {
        child.send(here satisfies WorkerCommand, sent);
        child.send({ type: 'render', ...ready } satisfies WorkerCommand, sent);
      }
      return await rendered;
    } finally {
      this.busy = false;
      this.running = undefined;
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends a worker that hangs; the next request starts another. */
  kill(): void {
    this.living?.death.foresee();
    this.living?.child.kill('SIGKILL');
  }

  /** Ends the worker at once, in mid-step if need be; resolves when the process is gone. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.living?.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private start(): Living {
    const { device, cacheFolder = '', threads = '', precision = 'auto', budget = '' } = this.options;
    const entry = this.options.entry ?? programOf('pipeline/worker');
    const args = [device, cacheFolder, String(threads), String(process.pid), precision, String(budget)];
    const child =
      takeEarly(entry, args) ??
      fork(entry, args, { ...forkOptions(entry), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    yieldToService(child.pid);
    const death = new Death(device);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      death.hear(text);
      this.options.log?.(text.trimEnd());
    });
    child.on('message', (message) => this.living?.child === child && this.receive(message));
    child.on('error', (error) => this.lost(child, () => death.describe(error.message)));
    child.on('exit', (code, signal) => {
      this.forget(child);
      // What it said at the end may come after its exit, and tells why; but nobody waits for ever.
      const describe = () => this.lost(child, () => death.describe(signal ?? `exit code ${code}`));
      child.once('close', describe);
      setTimeout(describe, LAST_WORDS).unref();
    });
    this.living = { child, death };
    return this.living;
  }

  private receive(message: unknown): void {
    const read = workerReport.safeParse(message);
    if (!read.success) {
      this.misunderstand(read.error);
      return;
    }
    const report = read.data;
    if (report.type === 'holding') {
      this.holding = report;
      return;
    }
    if (report.type === 'ready' || report.id !== this.running?.id) return;
    switch (report.type) {
      case 'progress':
        this.running.progress(report.event);
        break;
      case 'needs':
        this.give(report.sha256, this.running);
        break;
      case 'done':
        this.running.resolve(report.result);
        break;
      case 'failed':
        if (report.detail && report.code !== 'cancelled') this.options.log?.(report.detail);
        this.running.reject(new Fault(report.code, report.data as unknown as FaultData<FaultCode>));
        break;
      default:
        report satisfies never;
    }
  }

  private give(sha256: string, { child, pictures }: Running): void {
    const bytes = pictures.get(sha256);
    const command = { type: 'picture', sha256, ...(bytes && { bytes }) } satisfies WorkerCommand;
    // Where it cannot be told, its end is.
    if (child.connected) child.send(command, () => {});
  }

  /** A report that is none costs the request, and the worker, who may be anywhere; never the service. */
  private misunderstand(error: Error): void {
    this.options.log?.(`a report that cannot be understood: ${error.message}`);
    this.running?.reject(new Fault('pipeline.failed', {}, error));
    this.running = undefined;
    this.kill();
    this.living = undefined;
  }

  /** @param why asked only where somebody waits for it: the first sentence of a process takes 40 ms */
  private lost(child: ChildProcess, why: () => Fault): void {
    this.forget(child);
    if (this.running?.child !== child) return;
    this.running.reject(this.closed ? new Fault('cancelled', {}) : why());
  }

  /** The next request starts another. */
  private forget(child: ChildProcess): void {
    if (this.living?.child !== child) return;
    this.living = undefined;
    this.holding = undefined;
  }

  private dead(cause: string): Fault {
    return new Fault('worker.crashed', { device: this.options.device, cause });
  }
}

/** On the processor a forward pass takes every core: the service, which takes little, is to be served first. */
function yieldToService(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    os.setPriority(pid, RENDERING_PRIORITY);
  } catch {
    // It is gone already, or the system does not let us: rendering works all the same.
  }
}
