/**
 * A picture at Medium geometry through the real worker process, 512x512: its private memory at the highest, the
 * share of sampling that is not the network, what a preview costs, and how late the parent's event loop gets.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { forkOptions } from '../../bot/devices/fork-options.ts';
import { readyToSend } from '../../bot/devices/send-request.ts';
import { previewPixels } from '../../pipeline/image/preview.ts';
import { type WorkerReport, workerReport } from '../../pipeline/messages.ts';
import type { ModelFiles, PictureRequest, PictureResult } from '../../pipeline/request.ts';
import { FileDigests } from '../../pipeline/weights/file-digest.ts';
import { ensureMediumModel } from './checkpoints.ts';
import { atMost, type BenchPart, median, rounded } from './figure.ts';
import { RUN_LINE } from './time-runs.ts';

const SIDE = 512;
const STEPS = 3;
export const PRIVATE_MB = 600;
const OUTSIDE = 0.03;
const PREVIEW = 0.01;
const LAG_MS = 50;
const WATCH_MS = 50;
const LAG_RESOLUTION_MS = 10;

export const rendering: BenchPart = async (folder, say) => {
  const files = await ensureMediumModel(folder);
  const cacheFolder = mkdtempSync(path.join(folder, 'cache-'));
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  try {
    const first = await picture(cacheFolder, requestFor(files, STEPS), say);
    lag.disable();
    // The graphs now come from the cache, where they are written otherwise than they were emitted.
    const second = await picture(cacheFolder, requestFor(files, 1), say);
    const { sample_ms, step_ms } = first.timings;
    const inside = first.passes.reduce((sum, ms) => sum + ms, 0);
    const step = median(step_ms);
    const peaks = { ...first.peaks, ...prefixed('from the cache, ', second.peaks) };
    return {
      worker_private_memory: atMost(Math.max(...Object.values(peaks)), 'MB of RssAnon', PRIVATE_MB, peaks),
      outside_the_network: atMost((sample_ms - inside) / sample_ms, 'of the sampling time', OUTSIDE, {
        sample_ms: Math.round(sample_ms),
        passes: first.passes.length,
      }),
      preview: atMost(previewTime() / step, 'of a step', PREVIEW, {
        preview_ms: rounded(previewTime()),
        step_ms: Math.round(step),
      }),
      parent_lag: atMost(lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS, 'ms at the 99th percentile', LAG_MS, {
        max_ms: rounded(lag.max / 1e6 - LAG_RESOLUTION_MS),
      }),
    };
  } finally {
    lag.disable();
    rmSync(cacheFolder, { recursive: true, force: true });
  }
};

/** One picture by a worker of its own: its timings, its passes through the network, its memory in each phase. */
export async function picture(cacheFolder: string, request: PictureRequest, say: (line: string) => void) {
  const worker = startWorker(cacheFolder);
  const memory = watchMemory(worker.child);
  try {
    const { timings } = await worker.render(request, (phase) => {
      say(`${phase}; private memory so far ${memory.peakMb()} MB`);
      memory.enter(phase);
    });
    return { timings, passes: worker.passes(), peaks: memory.byPhase() };
  } finally {
    memory.stop();
    worker.child.kill('SIGKILL');
  }
}

function prefixed(prefix: string, figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));
}

export function requestFor(files: ModelFiles, steps: number): PictureRequest {
  return {
    id: 'bench',
    model: { name: 'medium', files },
    prompt: 'a red circle on a blue background',
    negative: '',
    width: SIDE,
    height: SIDE,
    seed: 1,
    steps,
    cfg: 1,
    sampler: 'euler',
    scheduler: 'simple',
    shift: 3,
    count: 1,
    previews: true,
    keepTensors: false,
  };
}

function startWorker(cacheFolder: string) {
  const entry = fileURLToPath(new URL('../../pipeline/worker.ts', import.meta.url));
  const options = forkOptions(entry);
  const child = fork(entry, ['cpu', cacheFolder, ''], {
    ...options,
    execArgv: [...(options.execArgv ?? []), '--import', new URL('./time-runs.ts', import.meta.url).href],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return {
    child,
    /** Milliseconds of each pass through the transformer. */
    passes: () =>
      errors
        .split('\n')
        .filter((line) => line.startsWith(RUN_LINE))
        .map((line) => Number.parseFloat(line.slice(RUN_LINE.length))),
    render: (request: PictureRequest, enter: (phase: string) => void) =>
      new Promise<PictureResult>((resolve, reject) => {
        child.once('exit', (code, signal) =>
          reject(new Error(`the worker ended (${signal ?? code}): ${errors}`)),
        );
        child.on('message', (message) => {
          const report: WorkerReport = workerReport.parse(message);
          if (report.type === 'ready')
            readyToSend(request, new FileDigests()).then((ready) => {
              child.send(ready.here);
              child.send({ type: 'render', request: ready.request });
            }, reject);
          else if (report.type === 'needs') reject(new Error('nothing here starts from a picture'));
          else if (report.type === 'progress')
            enter(report.event.type === 'step' ? `step ${report.event.index}` : report.event.type);
          else if (report.type === 'done') resolve(report.result as PictureResult);
          else if (report.type === 'failed')
            reject(new Error(`the worker failed: ${report.code} ${report.detail ?? ''}`));
        });
      }),
  };
}

/** Private memory (RssAnon) of a process, looked at every 50 ms, the highest of each phase. Linux only. */
function watchMemory(child: ChildProcess) {
  const peaks = new Map<string, number>();
  let phase = 'starting';
  const look = () => {
    const now = privateMegabytes(child.pid!);
    peaks.set(phase, Math.max(peaks.get(phase) ?? 0, now));
  };
  const timer = setInterval(look, WATCH_MS);
  return {
    /** What follows a report counts under its name: after `step 1`, the second step runs. */
    enter(name: string) {
      look();
      phase = `after ${name}`;
    },
    peakMb: () => Math.max(0, ...peaks.values()),
    byPhase: () => Object.fromEntries(peaks),
    stop: () => clearInterval(timer),
  };
}

function privateMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** Milliseconds of one preview of a 512x512 picture, once compiled. */
function previewTime(): number {
  const side = SIDE / 8;
  const latent = { data: new Float32Array(16 * side * side).fill(0.5), shape: [1, 16, side, side] };
  const times = Array.from({ length: 30 }, () => {
    const start = performance.now();
    previewPixels(latent);
    return performance.now() - start;
  });
  return median(times);
}
