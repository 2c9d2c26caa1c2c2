/**
 * Traces of jobs for OpenTelemetry: one trace a job, one span a stage, over OTLP. Loaded only where an endpoint is set. It
 * listens to what happens to jobs, on whatever machine that is: a stage on a worker far away is told by the worker's own
 * progress, and has its device's name. Words are never sent.
 */
import { ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { PROGRAM } from '../../config/program.ts';
import type { JobEvent, JobEvents } from '../jobs/events.ts';
import type { Job } from '../jobs/job.ts';
import { atMost, type Clock } from '../time/clock.ts';
import type { Log } from './log.ts';

export interface Traces {
  /** Sends what is finished; waits for a while at most. */
  flush(): Promise<void>;
  /** Nothing is listened to any more, and what is finished is sent. */
  close(): Promise<void>;
}

export interface TracesDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: JobEvents;
}

/** Milliseconds that the end of the service waits for the receiver. */
const PATIENCE = 2_000;
/** Milliseconds for which a batch is tried to be sent: the next one comes after five seconds. */
const SENDING = 3_000;
/** Jobs that are followed at once: one whose end was never told is forgotten in time. */
const MOST = 10_000;

/** A stage by the phase of its progress. */
const STAGES = {
  starting: 'start',
  loading: 'load',
  encoding: 'encode',
  step: 'sample',
  decoding: 'decode',
} as const;
type Stage = (typeof STAGES)[keyof typeof STAGES] | 'wait' | 'deliver';

interface Followed {
  readonly root: Span;
  stage: { readonly name: Stage; readonly span: Span };
}

/** @param endpoint the receiver's base address, without `/v1/traces` */
export function openTraces(endpoint: string, { clock, log, events }: TracesDependencies): Traces {
  const exporter = telling(
    new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: SENDING }),
    (problem) => log.warn('traces cannot be sent', { problem }),
  );
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'darkroom', 'service.version': PROGRAM.version }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const follower = new Follower(provider.getTracer('darkroom', PROGRAM.version), clock);
  const stop = events.subscribe((event) => follower.hear(event));
  const within = async (work: Promise<void>) => void (await atMost(clock, PATIENCE, work).catch(() => {}));
  return {
    flush: () => within(provider.forceFlush()),
    async close() {
      stop();
      await within(provider.shutdown());
    },
  };
}

class Follower {
  private readonly jobs = new Map<string, Followed>();
  private readonly tracer: Tracer;
  private readonly clock: Clock;

  constructor(tracer: Tracer, clock: Clock) {
    this.tracer = tracer;
    this.clock = clock;
  }

  hear(event: JobEvent): void {
    const { job } = event;
    switch (event.type) {
      case 'queued':
        // One that could begin at once is begun before this is told.
        this.follow(job);
        break;
      case 'retried':
      case 'released':
      case 'lost':
        this.enter(job, 'wait');
        break;
      case 'recovered':
        this.follow(job);
        if (job.delivery !== 'none') this.enter(job, 'deliver');
        break;
      case 'started':
        this.enter(job, 'start');
        break;
      case 'progress':
        if (event.progress.phase !== 'waiting') this.enter(job, STAGES[event.progress.phase]);
        break;
      case 'failed':
        this.follow(job).root.setStatus({ code: SpanStatusCode.ERROR, message: event.change.fault.code });
        this.enter(job, 'deliver');
        break;
      case 'rendered':
      case 'taken':
      case 'cancelled':
      case 'redelivered':
        this.enter(job, 'deliver');
        break;
      case 'undelivered':
        this.follow(job).root.setStatus({ code: SpanStatusCode.ERROR, message: 'undelivered' });
        this.end(job);
        break;
      case 'delivered':
      case 'gone':
      case 'erased':
        this.end(job);
        break;
      default:
    }
  }

  /** The stage that the job is in now; the one before ends. */
  private enter(job: Job, name: Stage): void {
    const followed = this.follow(job);
    if (followed.stage.name === name) return;
    const now = new Date(this.clock.now());
    followed.stage.span.end(now);
    followed.stage = this.begin(followed.root, name, now, job);
  }

  private begin(root: Span, name: Stage, startTime: Date, job: Job): Followed['stage'] {
    const isOnDevice = name !== 'wait' && name !== 'deliver';
    const attributes = {
      'darkroom.attempt': job.attempts,
      ...(isOnDevice && job.device !== undefined ? { 'darkroom.device': job.device } : {}),
    };
    const parent = trace.setSpan(ROOT_CONTEXT, root);
    return { name, span: this.tracer.startSpan(name, { startTime, attributes }, parent) };
  }

  private follow(job: Job): Followed {
    const known = this.jobs.get(job.id);
    if (known !== undefined) return known;
    const { request } = job.asked;
    const attributes = {
      'darkroom.job': job.id,
      'darkroom.surface': job.place.surface,
      'darkroom.model': request.model.name,
      'darkroom.steps': request.steps,
      'darkroom.width': request.width,
      'darkroom.height': request.height,
      'darkroom.count': request.count,
    };
    const startTime = new Date(job.createdAt);
    const root = this.tracer.startSpan('picture', { startTime, attributes, root: true }, ROOT_CONTEXT);
    const followed: Followed = { root, stage: this.begin(root, 'wait', startTime, job) };
    if (this.jobs.size >= MOST) this.jobs.delete(this.jobs.keys().next().value!);
    this.jobs.set(job.id, followed);
    return followed;
  }

  private end(job: Job): void {
    const followed = this.jobs.get(job.id);
    if (followed === undefined) return;
    const now = new Date(this.clock.now());
    followed.stage.span.end(now);
    followed.root.setAttribute('darkroom.state', job.state);
    followed.root.setAttribute('darkroom.attempts', job.attempts);
    followed.root.end(now);
    this.jobs.delete(job.id);
  }
}

/** Says once that nothing gets through, and again after something has. */
function telling(exporter: SpanExporter, tell: (problem: string) => void): SpanExporter {
  let isTold = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined && !isTold) tell(result.error.message);
        isTold = result.error !== undefined;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
