/**
 * The child process of one device: takes requests from its parent one at a time, owns the sessions, and reports.
 * It is a process of its own because a forward pass blocks its event loop and a crash must not take the service.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Fault } from '../config/faults.ts';
import type { Precision } from '../config/settings.ts';
import { generate } from './generate.ts';
import { type RenderEvent, type WorkerReport, workerCommand } from './messages.ts';
import { type Receiving, receiveRequest } from './receive-request.ts';
import type { PictureRequest } from './request.ts';
import { parseDevice } from './runtime/devices.ts';
import { holdNetworks } from './runtime/held-networks.ts';
import { loadOnnxruntime } from './runtime/onnxruntime.ts';
import { isOutOfMemory } from './runtime/out-of-memory.ts';
import type { SentRequest } from './sent-request.ts';
import { FileDigests } from './weights/file-digest.ts';
import { openModelOnce } from './workflow/request-nodes.ts';

const [device = 'cpu', cacheFolder = '', threads = '', parent = '', precision = 'auto', budget = ''] =
  await whatToDo();

if (parent !== '') {
  new Worker(new URL('./parent-watch.js', import.meta.url), { workerData: parent, execArgv: [] }).unref();
}

const networks = holdNetworks({
  device: parseDevice('device', device),
  ...(cacheFolder === '' ? {} : { cacheFolder }),
  ...(threads === '' ? {} : { threads: Number(threads) }),
  precision: precision as Precision,
  ...(budget === '' ? {} : { budget: Number(budget) }),
});
const running = new Map<string, AbortController>();

/** The arguments of the process, or those that are told later to one that was started before they were known. */
async function whatToDo(): Promise<readonly string[]> {
  const args = process.argv.slice(2);
  if (args[0] !== 'later') return args;
  process.on('disconnect', () => process.exit(0));
  // Whoever needs it is told what is wrong with it.
  loadOnnxruntime().catch(() => {});
  const [message] = (await once(process, 'message')) as [{ args: readonly string[] }];
  return message.args;
}

const digests = new FileDigests((files) => openModelOnce(networks, files));
let here: Receiving['here'] = { models: {}, files: {} };
/** Pictures that were asked for. */
const awaited = new Map<string, (bytes: Uint8Array | undefined) => void>();

async function render(sent: SentRequest, { signal }: AbortController, before: Promise<void>): Promise<void> {
  await before;
  const { id } = sent;
  const progress = (event: RenderEvent) => report({ type: 'progress', id, event });
  try {
    const fetch = (sha256: string) =>
      new Promise<Uint8Array | undefined>((resolve) => {
        awaited.set(sha256, resolve);
        report({ type: 'needs', id, sha256 });
      });
    const request = await receiveRequest(sent, { device, here, digests, fetch });
    const context = { networks, progress, signal, now: () => performance.now() };
    const result = await generate(request, context).catch(async (error: unknown) => {
      await letGo(error);
      return generate(request, context).catch((second) => {
        throw lessMemory(second, request);
      });
    });
    report({ type: 'done', id, result });
  } catch (error) {
    report({ type: 'failed', id, ...describe(error) });
  } finally {
    running.delete(id);
    report({ type: 'holding', ...networks.holding() });
  }
}

/** On a card, memory that does not suffice is no end: everything is let go, and the picture is tried once more. */
async function letGo(error: unknown): Promise<void> {
  if (budget === '' || !isOutOfMemory(error)) throw error;
  await networks.release();
}

/** What is said where that did not help, with the sizes. */
function lessMemory(error: unknown, { width, height }: PictureRequest): unknown {
  if (!isOutOfMemory(error)) return error;
  const held = networks.holding().parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return new Fault('device.memory', { device, width, height, held, budget: Number(budget) }, error);
}

function describe(
  error: unknown,
): Pick<Extract<WorkerReport, { type: 'failed' }>, 'code' | 'data' | 'detail'> {
  const fault = error instanceof Fault ? error : faultOf(error);
  const cause = fault.cause instanceof Error ? (fault.cause.stack ?? fault.cause.message) : undefined;
  return {
    code: fault.code,
    data: { ...(fault.data as Record<string, unknown>) },
    ...(cause === undefined ? {} : { detail: cause }),
  };
}

function faultOf(error: unknown): Fault {
  if (isOutOfMemory(error)) return new Fault('worker.memory', { device }, error);
  return new Fault('pipeline.failed', {}, error);
}

/** A report to a parent that is gone is of no use to anyone, and must not keep or crash the process. */
function report(message: WorkerReport): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

let turn: Promise<void> = Promise.resolve();

process.on('message', (message: unknown) => {
  const command = workerCommand.parse(message);
  switch (command.type) {
    case 'files':
      here = command;
      break;
    case 'picture':
      awaited.get(command.sha256)?.(command.bytes);
      awaited.delete(command.sha256);
      break;
    case 'render': {
      const { request } = command;
      const control = new AbortController();
      // At once: a cancellation may be in the same packet, and must find the request before its turn comes.
      running.set(request.id, control);
      turn = render(request, control, turn);
      break;
    }
    case 'cancel':
      running.get(command.id)?.abort();
      break;
    default:
      command satisfies never;
  }
});
// Ctrl-C reaches all processes of a terminal: when the worker ends is for its parent to say.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
report({ type: 'ready' });
