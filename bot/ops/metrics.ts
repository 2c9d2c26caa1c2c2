/** What the service counts and measures, as Prometheus text; `docs/operations.md` lists the names. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { DeviceStatus } from '../jobs/device-status.ts';
import type { Observation, Observe } from '../jobs/observation.ts';

/** What is looked up at the moment of a scrape. */
export interface Readings {
  readonly jobsByState: () => Readonly<Record<string, number>>;
  readonly devices: () => readonly DeviceStatus[];
  readonly readyDevices: () => readonly string[];
}

export interface Metrics {
  readonly observe: Observe;
  readonly contentType: string;
  /** @param readings taken now */
  text(readings: Readings): Promise<string>;
}

const JOB_STATES = ['queued', 'running', 'delivered', 'undelivered', 'failed', 'cancelled'];
const DEVICE_STATES = ['idle', 'busy', 'resting', 'away'] as const;
const MS = 1000;

export function openMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const gauge = <T extends string = never>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Gauge({ name: `darkroom_${name}`, help, labelNames, registers });
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter({ name: `darkroom_${name}`, help, labelNames, registers });
  const histogram = <T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[],
    buckets: number[],
  ) => new Histogram({ name: `darkroom_${name}`, help, labelNames, buckets, registers });

  const jobs = gauge('jobs', 'Jobs in the journal by state.', ['state']);
  const queue = gauge('queue_length', 'Jobs that wait.');
  const deviceState = gauge('device_state', '1 for the state a device is in.', ['device', 'state']);
  const deviceHeld = gauge('device_held_bytes', 'Weights held in a card’s memory.', ['device', 'kind']);
  const deviceBudget = gauge('device_budget_bytes', 'What models may take there.', ['device']);
  const deviceReady = gauge('device_ready', '1 while a worker holds a model.', ['device']);
  const accepted = counter('requests_accepted_total', 'Requests taken in.', ['surface']);
  const refused = counter('requests_refused_total', 'Requests refused by a limit.', ['surface', 'code']);
  const failed = counter('jobs_failed_total', 'Jobs that failed for good.', ['code']);
  const deaths = counter('worker_restarts_total', 'Workers that died; the next job starts another.', [
    'device',
  ]);
  const dropped = counter('previews_dropped_total', 'Progress replaced before it was sent.', ['surface']);
  const problems = counter('delivery_problems_total', 'Calls to a platform that failed.', [
    'surface',
    'problem',
  ]);
  const undelivered = counter('undelivered_total', 'Last words that a platform took in no way.', ['surface']);
  const unforeseen = counter('unforeseen_total', 'Errors that nobody caught; the log has them.', ['kind']);
  const diskTrouble = gauge('disk_trouble', '1 while nothing can be written: the disk is full.');
  const unsaved = counter('unsaved_total', 'Records that could not be written down at once.', []);
  const long = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];
  const wait = histogram('wait_seconds', 'From accepted to begun.', [], long);
  const render = histogram('render_seconds', 'From begun to pictures.', ['device'], long);
  const short = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
  const step = histogram('step_seconds', 'One denoising step.', ['device'], short);
  const delivery = histogram('delivery_seconds', 'From pictures to their message.', ['surface'], short);

  function observe(one: Observation): void {
    switch (one.type) {
      case 'accepted':
        accepted.inc({ surface: one.surface });
        break;
      case 'refused':
        refused.inc({ surface: one.surface, code: one.code });
        break;
      case 'started':
        wait.observe(one.ms / MS);
        break;
      case 'step':
        step.observe({ device: one.device }, one.ms / MS);
        break;
      case 'rendered':
        render.observe({ device: one.device }, one.ms / MS);
        break;
      case 'worker_died':
        deaths.inc({ device: one.device });
        break;
      case 'failed':
        failed.inc({ code: one.code });
        break;
      case 'preview_dropped':
        dropped.inc({ surface: one.surface });
        break;
      case 'delivered':
        delivery.observe({ surface: one.surface }, one.ms / MS);
        break;
      case 'delivery_problem':
        problems.inc({ surface: one.surface, problem: one.problem });
        break;
      case 'unforeseen':
        unforeseen.inc({ kind: one.kind });
        break;
      case 'disk_trouble':
        diskTrouble.set(1);
        break;
      case 'disk_recovered':
        diskTrouble.set(0);
        break;
      case 'undelivered':
        undelivered.inc({ surface: one.surface });
        break;
      case 'unsaved':
        unsaved.inc();
        break;
      default:
        one satisfies never;
    }
  }

  async function text({ jobsByState, devices, readyDevices }: Readings): Promise<string> {
    const counts = jobsByState();
    for (const state of JOB_STATES) jobs.set({ state }, counts[state] ?? 0);
    queue.set(counts.queued ?? 0);
    const ready = readyDevices();
    deviceHeld.reset();
    for (const { device, state, holding } of devices()) {
      for (const { kind, bytes } of holding?.budget === undefined ? [] : holding.parts)
        deviceHeld.inc({ device, kind }, bytes);
      if (holding?.budget !== undefined) deviceBudget.set({ device }, holding.budget);
      for (const one of DEVICE_STATES) deviceState.set({ device, state: one }, one === state ? 1 : 0);
      deviceReady.set({ device }, ready.includes(device) ? 1 : 0);
    }
    return register.metrics();
  }

  return { observe, contentType: register.contentType, text };
}
