import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openMetrics } from '../../../bot/ops/metrics.ts';

const NOTHING = { jobsByState: () => ({}), devices: () => [], readyDevices: () => [] };

test('docs/operations.md names every metric of ours, and no other', async () => {
  const text = await openMetrics().text(NOTHING);
  const made = [...text.matchAll(/^# TYPE (darkroom_\w+)/gm)].map(([, name]) => name);
  const docs = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const documented = [...docs.matchAll(/^\| `(darkroom_\w+)` \|/gm)].map(([, name]) => name);
  expect(made.length).toBeGreaterThan(10);
  expect(documented.toSorted()).toEqual(made.toSorted());
});

test('counts what happens to jobs and shows devices as they are', async () => {
  const metrics = openMetrics();
  metrics.observe({ type: 'accepted', job: 'a', surface: 'web' });
  metrics.observe({ type: 'refused', surface: 'web', code: 'limit.all_waiting' });
  metrics.observe({ type: 'started', job: 'a', device: 'cpu', ms: 1500 });
  metrics.observe({ type: 'step', job: 'a', device: 'cpu', ms: 40 });
  metrics.observe({ type: 'worker_died', job: 'a', device: 'cpu', cause: 'SIGSEGV' });
  metrics.observe({ type: 'preview_dropped', surface: 'web' });
  const text = await metrics.text({
    jobsByState: () => ({ queued: 2, delivered: 5 }),
    devices: () => [{ device: 'cpu', state: 'busy' }],
    readyDevices: () => ['cpu'],
  });
  for (const line of [
    'darkroom_jobs{state="queued"} 2',
    'darkroom_jobs{state="failed"} 0',
    'darkroom_queue_length 2',
    'darkroom_requests_accepted_total{surface="web"} 1',
    'darkroom_requests_refused_total{surface="web",code="limit.all_waiting"} 1',
    'darkroom_wait_seconds_bucket{le="2.5"} 1',
    'darkroom_step_seconds_bucket{le="0.05",device="cpu"} 1',
    'darkroom_worker_restarts_total{device="cpu"} 1',
    'darkroom_previews_dropped_total{surface="web"} 1',
    'darkroom_device_state{device="cpu",state="busy"} 1',
    'darkroom_device_state{device="cpu",state="idle"} 0',
    'darkroom_device_ready{device="cpu"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});
