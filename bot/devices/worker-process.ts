/** Starts and watches the worker process of one device; a request in, its progress and result out. */
import { type ChildProcess, fork } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { Fault, type FaultCode, type FaultData } from '../../config/faults.ts';
import { type RenderEvent, type WorkerCommand, workerReport } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import { forkOptions } from './fork-options.ts';

export interface WorkerOptions {
  /** `cpu`, `cuda:0`, `webgpu`. */
  readonly device: string;
  /** Folder for optimised graphs; none are kept without it. */
  readonly cacheFolder?: string;
  /** Threads of a forward pass; the runtime's own choice without it. */
  readonly threads?: number;
  /** What a worker writes to its standard error, and details of failures, for the log. */
  readonly log?: (line: string) => void;
  /** The worker's program, for tests; our own without it. */
  readonly entry?: string;
}

interface Running {
  readonly id: string;
  readonly progress: (event: RenderEvent) => void;
  readonly resolve: (result: PictureResult) => void;
  readonly reject: (fault: Fault) => void;
}

/** Nice value: about a third of the share of an ordinary process when all want the processor, all of it otherwise. */
const RENDERING_PRIORITY = 5;

export class WorkerProcess {
  private child: ChildProcess | undefined;
  private running: Running | undefined;
  private closed = false;
  private readonly options: WorkerOptions;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  /** The process id of the living worker, if there is one. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Renders one request; the worker is started when there is none. One at a time: the caller queues.
   * @param signal aborting cancels before the next step.
   * @throws Fault the worker's own; `worker.crashed` or `worker.files_changed` when the process died.
   */
  render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult> {
    if (this.running) throw new Error('a worker renders one request at a time');
    if (this.closed || signal?.aborted) return Promise.reject(new Fault('cancelled', {}));
    const child = this.child ?? this.start();
    const cancel = () => this.send(child, { type: 'cancel', id: request.id });
    return new Promise<PictureResult>((resolve, reject) => {
      this.running = { id: request.id, progress, resolve, reject };
      signal?.addEventListener('abort', cancel, { once: true });
      this.send(child, { type: 'render', request });
    }).finally(() => {
      this.running = undefined;
      signal?.removeEventListener('abort', cancel);
    });
  }

  /** Ends a worker that hangs; the next request starts another. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** Ends the worker at once, in mid-step if need be; resolves when the process is gone. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private start(): ChildProcess {
    const { device, cacheFolder = '', threads = '' } = this.options;
    const entry = this.options.entry ?? fileURLToPath(import.meta.resolve(WORKER_ENTRY));
    const child = fork(entry, [device, cacheFolder, String(threads)], {
      ...forkOptions(entry),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    yieldToService(child.pid);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.options.log?.(text.trimEnd()));
    child.on('message', (message) => this.receive(message));
    child.on('error', (error) => this.lost(child, error.message));
    child.on('exit', (code, signal) => this.lost(child, signal ?? `exit code ${code}`));
    this.child = child;
    return child;
  }

  private receive(message: unknown): void {
    const report = workerReport.parse(message);
    if (report.type === 'ready' || report.id !== this.running?.id) return;
    switch (report.type) {
      case 'progress':
        this.running.progress(report.event);
        break;
      case 'done':
        this.running.resolve(report.result);
        break;
      case 'failed':
        if (report.detail && report.code !== 'cancelled') this.options.log?.(report.detail);
        this.running.reject(new Fault(report.code, report.data as FaultData<FaultCode>));
        break;
      default:
        report satisfies never;
    }
  }

  private lost(child: ChildProcess, cause: string): void {
    if (this.child === child) this.child = undefined;
    const { device } = this.options;
    if (this.closed) this.running?.reject(new Fault('cancelled', {}));
    else if (cause === 'SIGBUS') this.running?.reject(new Fault('worker.files_changed', { device }));
    else this.running?.reject(new Fault('worker.crashed', { device, cause }));
  }

  private send(child: ChildProcess, command: WorkerCommand): void {
    if (child.connected) child.send(command, (error) => error && this.lost(child, error.message));
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

const WORKER_ENTRY = import.meta.url.endsWith('.ts')
  ? '../../pipeline/worker.ts'
  : '../../pipeline/worker.js';
