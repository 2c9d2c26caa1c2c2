/** Traces of jobs, over OTLP to a receiver: one trace a job, one span a stage, and no words. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLog } from '../../../bot/ops/log.ts';
import { openTraces } from '../../../bot/ops/traces.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { allImports, ROOT, sourceFiles } from '../../architecture/import-graph.ts';
import { openOtlpReceiver } from '../../standins/otlp-receiver.ts';
import { someJobs, submitTo, until } from '../jobs/some-jobs.ts';

async function tracedJobs() {
  const receiver = await openOtlpReceiver();
  onTestFinished(() => receiver.close());
  const some = await someJobs();
  const lines: string[] = [];
  const log = openLog({
    level: 'info',
    now: () => 0,
    write: (line) => void lines.push(line),
    plain: false,
    secrets: [],
  });
  const { events } = some.jobs;
  // Spans have the jobs' clock; what is waited for at the end is the receiver, in real time.
  const clock = { ...systemClock, now: () => some.clock.now() };
  const traces = openTraces(receiver.address, { clock, log, events });
  onTestFinished(() => traces.close());
  return { ...some, receiver, traces, lines };
}

test('a job is one trace: its stages follow one another, from asked to delivered', async () => {
  const { jobs, clock, journal, receiver, traces } = await tracedJobs();
  const { id } = await submitTo(jobs);
  await until(() => journal.records.find(id)?.state === 'delivered', clock);
  await traces.flush();
  const root = receiver.spans.find(({ name }) => name === 'picture')!;
  expect(root.attributes).toMatchObject({
    'darkroom.job': id,
    'darkroom.state': 'delivered',
    'darkroom.model': 'nano',
  });
  expect(root.parentSpanId).toBeFalsy();
  const stages = receiver.spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
  expect(stages.map(({ name }) => name)).toEqual(['wait', 'start', 'encode', 'sample', 'deliver']);
  expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1);
  for (const [i, stage] of stages.slice(1).entries())
    expect(stage.startTimeUnixNano).toBe(stages[i]!.endTimeUnixNano);
  expect(stages.find(({ name }) => name === 'sample')!.attributes).toMatchObject({
    'darkroom.device': 'cpu',
  });
  expect(receiver.resource).toMatchObject({ 'service.name': 'darkroom' });
});

test('a worker that dies is seen: the job waits and is drawn again in the same trace, and its failure has a code', async () => {
  const { jobs, clock, journal, renderer, receiver, traces } = await tracedJobs();
  renderer.mishaps.push('crash', 'fault');
  const { id } = await submitTo(jobs);
  await until(() => journal.records.find(id)?.delivery === 'posted', clock, 1_000);
  await traces.flush();
  const root = receiver.spans.find(({ name }) => name === 'picture')!;
  expect(root.status).toMatchObject({ code: 2, message: 'weights.unreadable' });
  expect(receiver.spans.filter(({ name }) => name === 'wait')).toHaveLength(2);
});

test('no words leave with a trace', async () => {
  const { jobs, clock, journal, receiver, traces } = await tracedJobs();
  const { id } = await submitTo(jobs);
  await until(() => journal.records.find(id)?.state === 'delivered', clock);
  await traces.flush();
  expect(receiver.bodies.join('')).toContain(id);
  for (const word of ['boat', 'Anna', 'anna']) expect(receiver.bodies.join('')).not.toContain(word);
});

test('a receiver that is not there is told of once, and holds up nothing', async () => {
  const { jobs, clock, journal, receiver, traces, lines } = await tracedJobs();
  await receiver.close();
  const { id } = await submitTo(jobs);
  await until(() => journal.records.find(id)?.state === 'delivered', clock);
  await traces.flush();
  await until(() => lines.length > 0);
  expect(lines.filter((line) => line.includes('traces cannot be sent'))).toHaveLength(1);
});

test('nothing of it is loaded unless an endpoint is set: one file knows OpenTelemetry, and it is imported when needed', () => {
  const users = sourceFiles().filter((file) =>
    readFileSync(path.join(ROOT, file), 'utf8').includes("from '@opentelemetry/"),
  );
  expect(users).toEqual(['bot/ops/traces.ts']);
  expect(readFileSync(path.join(ROOT, 'bot/compose.ts'), 'utf8')).toContain(
    "await import('./ops/traces.ts')",
  );
  const eager = allImports().filter(({ to, typeOnly }) => to === 'bot/ops/traces.ts' && !typeOnly);
  expect(eager).toEqual([]);
});
