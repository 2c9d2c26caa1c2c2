/** Every rule of the live message, on a clock that the tests move. */
import { expect, test } from 'vitest';
import type { MessageRef } from '../../../bot/jobs/job.ts';
import type { Progress } from '../../../bot/jobs/progress.ts';
import { type Card, describeJob } from '../../../bot/messages/card.ts';
import { LiveMessage } from '../../../bot/messages/live-message.ts';
import { RouteBudgets } from '../../../bot/messages/route-budget.ts';
import { RouteShares } from '../../../bot/messages/route-shares.ts';
import { JOBS } from '../../../config/defaults.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { aJob } from '../jobs/a-job.ts';
import { failing, RecordingSurface } from './recording-surface.ts';

function stepCard(index: number, total = 28): Card {
  const progress: Progress = { phase: 'step', index, total, endsIn: 0 };
  const preview = { width: 1, height: 1, data: Uint8Array.of(index, 0, 0) };
  return describeJob(aJob('J', { state: 'running' }), (file) => file, progress, preview);
}

function aLiveMessage({
  opened = true,
  job = 'J',
  clock = new FakeClock(),
  budgets = new RouteBudgets(clock),
  shares = new RouteShares(),
} = {}) {
  const surface = new RecordingSurface(() => clock.now());
  let messages: readonly MessageRef[] = opened ? [{ id: 'm' }] : [];
  const told = { gone: 0, closed: 0, dropped: 0 };
  const post = () => ({ job, place: { surface: 'web', channel: 'c' }, messages, mayAlreadyBePosted: false });
  const message = new LiveMessage({
    surface,
    budgets,
    clock,
    post,
    shares,
    doubted: () => {},
    opened: (made) => {
      messages = made;
    },
    gone: () => told.gone++,
    closed: () => told.closed++,
    dropped: () => told.dropped++,
  });
  const steps = () =>
    surface.calls('edit').map(({ card }) => card?.progress?.phase === 'step' && card.progress.index);
  return { clock, budgets, surface, message, told, steps };
}

/** An edit that takes this long, as a platform far away. */
function slow(clock: FakeClock, ms: number) {
  return () => new Promise<void>((resolve) => void clock.after(ms, resolve));
}

test('the first card makes the message, later ones edit it', async () => {
  const { clock, surface, message } = aLiveMessage({ opened: false });
  message.show(stepCard(1));
  await settle();
  message.show(stepCard(2));
  await clock.advance(1);
  expect(surface.shown.map(({ call }) => call)).toEqual(['open', 'edit']);
});

test('while an edit is under way, the newest preview wins and the others are dropped and counted', async () => {
  const { clock, surface, message, told, steps } = aLiveMessage();
  surface.before = slow(clock, 1_000);
  message.show(stepCard(1));
  for (let i = 2; i <= 9; i++) message.show(stepCard(i));
  await clock.advance(1_000);
  expect(steps()).toEqual([1]);
  await clock.advance(1_000);
  expect(steps()).toEqual([1, 9]);
  expect(told.dropped).toBe(7);
});

test('edits of one message keep the minimum gap', async () => {
  const { clock, surface, message } = aLiveMessage();
  surface.can = { ...surface.can, minimumGap: 2_000 };
  for (let i = 1; i <= 40; i++) {
    message.show(stepCard(i, 40));
    await clock.advance(300);
  }
  const times = surface.calls('edit').map(({ at }) => at);
  const gaps = times.slice(1).map((at, i) => at - times[i]!);
  expect(times.length).toBeGreaterThanOrEqual(6);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
});

test('sixty messages at once on one route change once in eighty seconds each: 45 calls a minute in all', async () => {
  const shares = new RouteShares();
  const { clock, surface, message } = aLiveMessage({ shares });
  for (let i = 1; i < 60; i++) shares.enter({}, 'route');
  surface.can = { ...surface.can, minimumGap: 2_000, calls: { count: 45, every: 60_000 } };
  for (let i = 1; i <= 40; i++) {
    message.show(stepCard(i, 40));
    await clock.advance(5_000);
  }
  const times = surface.calls('edit').map(({ at }) => at);
  expect(times.map((at) => at - times[0]!)).toEqual([0, 80_000, 160_000]);
});

test('where a picture is refused, the words are shown at once, and no picture is tried again', async () => {
  const { clock, surface, message } = aLiveMessage();
  surface.before = () => {
    surface.before = () => {};
    throw failing({ kind: 'picture_refused', reason: 'no files' });
  };
  message.show(stepCard(1));
  await settle();
  message.show(stepCard(2));
  await clock.advance(1);
  const shown = surface.calls('edit').map(({ card }) => card!);
  expect(shown.map(({ preview }) => preview)).toEqual([undefined, undefined]);
});

test('settling awaits the edit in flight and lets nothing follow', async () => {
  const { clock, surface, message, steps, told } = aLiveMessage();
  surface.before = slow(clock, 500);
  message.show(stepCard(1));
  message.show(stepCard(2));
  let settled = false;
  void message.settle().then(() => {
    settled = true;
  });
  await clock.advance(400);
  expect(settled).toBe(false);
  await clock.advance(100);
  expect(settled).toBe(true);
  message.show(stepCard(3));
  await clock.advance(60_000);
  expect(steps()).toEqual([1]);
  expect(told.dropped).toBe(1);
});

test('an edit that gets no answer is given up after a time, and holds up the final no longer', async () => {
  const { clock, surface, message } = aLiveMessage();
  let aborted = false;
  surface.before = (_, signal) =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(new Error('aborted'));
      }),
    );
  message.show(stepCard(1));
  await settle();
  let settled = false;
  void message.settle().then(() => {
    settled = true;
  });
  await clock.advance(JOBS.previewTimeout);
  expect([aborted, settled]).toEqual([true, true]);
});

test('a preview goes only while more calls remain than pictures are being made on the route', async () => {
  const { clock, budgets, surface, message, steps } = aLiveMessage();
  surface.can = { ...surface.can, calls: { count: 5, every: 5_000 } };
  for (const job of ['J2', 'J3']) budgets.enter('route', job, surface.can.calls);
  message.activate(); // three active jobs: two calls to spare
  for (let i = 1; i <= 10; i++) {
    message.show(stepCard(i));
    await clock.advance(100);
  }
  expect(steps()).toEqual([1, 2]);
  await clock.advance(5_000); // the window passes
  expect(steps()).toEqual([1, 2, 10]);
});

test("the platform's own figures overrule the count kept here", async () => {
  const { clock, budgets, surface, message, steps } = aLiveMessage();
  message.activate();
  message.show(stepCard(1));
  await clock.advance(1);
  budgets.report('route', 1, 3_000); // one call left: it belongs to the final
  message.show(stepCard(2));
  await clock.advance(2_900);
  expect(steps()).toEqual([1]);
  await clock.advance(200);
  expect(steps()).toEqual([1, 2]);
  expect(surface.calls('edit').length).toBe(2);
});

test('when another job on the route has its final, its call becomes free for previews', async () => {
  const { clock, budgets, surface, message, steps } = aLiveMessage();
  surface.can = { ...surface.can, calls: { count: 5, every: 60_000 } };
  budgets.enter('route', 'other', surface.can.calls);
  message.activate();
  budgets.report('route', 2, 60_000);
  message.show(stepCard(1));
  await clock.advance(100);
  expect(steps()).toEqual([]);
  budgets.leave('route', 'other');
  message.show(stepCard(2));
  await clock.advance(100);
  expect(steps()).toEqual([2]);
});

test('when the route changes, the reserved call moves along', async () => {
  const { clock, budgets, surface, message } = aLiveMessage();
  const allowance = surface.can.calls;
  message.activate();
  surface.route = () => 'channel';
  message.show(stepCard(1));
  await clock.advance(1);
  budgets.report('channel', 1, 1_000);
  budgets.report('route', 1, 1_000);
  expect(budgets.previewWait('channel', allowance)).toBeGreaterThan(0);
  expect(budgets.previewWait('route', allowance)).toBe(0);
});

test('after a 429 the newest preview waits as long as it was told', async () => {
  const { clock, surface, message, steps } = aLiveMessage();
  let calls = 0;
  surface.before = () => {
    if (++calls === 1) throw failing({ kind: 'rate_limited', retryAfter: 7_000 });
  };
  message.show(stepCard(1));
  await clock.advance(1_000);
  message.show(stepCard(2));
  await clock.advance(5_900);
  expect(calls).toBe(1);
  await clock.advance(200);
  expect(steps()).toEqual([2]);
});

test('during an outage previews are tried less and less often, and come again after it', async () => {
  const { clock, surface, message, steps } = aLiveMessage();
  let calls = 0;
  let isDown = true;
  surface.before = () => {
    calls++;
    if (isDown) throw failing({ kind: 'unavailable' });
  };
  message.show(stepCard(1));
  await clock.advance(60_000);
  expect(calls).toBeLessThan(12);
  isDown = false;
  message.show(stepCard(2));
  await clock.advance(30_000);
  expect(steps()).toEqual([2]);
});

test('a card whose edit failed does not come back over a newer one that has come meanwhile', async () => {
  const { clock, surface, message, steps } = aLiveMessage();
  let failures = 0;
  surface.before = async () => {
    await new Promise<void>((resolve) => clock.after(500, resolve));
    if (failures++ === 0) throw failing({ kind: 'unavailable' });
  };
  message.show(stepCard(1));
  await clock.advance(100);
  message.show(stepCard(2));
  await clock.advance(60_000);
  expect(steps()).toEqual([2]);
});

test('a place that is closed is told once, and nothing is shown there any more', async () => {
  const { clock, surface, message, told } = aLiveMessage();
  surface.before = () => {
    throw failing({ kind: 'closed', reason: 'archived' });
  };
  message.show(stepCard(1));
  await clock.advance(5_000);
  message.show(stepCard(2));
  await clock.advance(5_000);
  expect(told).toMatchObject({ closed: 1, gone: 0 });
  expect(surface.shown).toEqual([]);
});

test('a message that was removed is told once, and never edited again', async () => {
  const { clock, surface, message, told } = aLiveMessage();
  let calls = 0;
  surface.before = () => {
    calls++;
    throw failing({ kind: 'gone' });
  };
  for (let i = 1; i < 5; i++) {
    message.show(stepCard(i));
    await clock.advance(1_000);
  }
  expect([calls, told.gone]).toEqual([1, 1]);
});

test('a platform that refuses progress is not asked again', async () => {
  const { clock, surface, message } = aLiveMessage();
  let calls = 0;
  surface.before = () => {
    calls++;
    throw failing({ kind: 'refused', reason: 'no permission' });
  };
  for (let i = 1; i < 5; i++) {
    message.show(stepCard(i));
    await clock.advance(1_000);
  }
  expect(calls).toBe(1);
});

test('a surface of text gets no pictures, and no edit that would change nothing', async () => {
  const { clock, surface, message } = aLiveMessage();
  surface.can = { ...surface.can, previews: false };
  message.show(stepCard(1));
  await clock.advance(10);
  message.show(stepCard(1));
  await clock.advance(10);
  message.show(stepCard(2));
  await clock.advance(10);
  const edits = surface.calls('edit');
  expect(edits.map(({ card }) => card?.preview)).toEqual([undefined, undefined]);
});

test('the first message is not held back by the budget, since without it there is nothing to see', async () => {
  const { clock, budgets, surface, message } = aLiveMessage({ opened: false });
  message.activate();
  budgets.report('route', 0, 60_000);
  message.show(stepCard(1));
  await clock.advance(1);
  expect(surface.calls('open').length).toBe(1);
});

test('28 steps of 300 ms at five calls in five seconds: previews flow and the final finds its call', async () => {
  const { clock, budgets, surface, message, steps } = aLiveMessage();
  surface.can = {
    previews: true,
    minimumGap: 1_100,
    calls: { count: 5, every: 5_000 },
  };
  surface.before = slow(clock, 40);
  message.activate();
  for (let i = 1; i <= 28; i++) {
    await clock.advance(300);
    message.show(stepCard(i));
  }
  const before = clock.now();
  const settled = message.settle();
  await clock.advance(50);
  await settled;
  expect(clock.now() - before).toBeLessThanOrEqual(100);
  expect(budgets.previewWait('route', { count: 5, every: 5_000 })).toBe(0); // more than the final's own call is left
  expect(steps().length).toBeGreaterThanOrEqual(6);
});

test('four jobs on one route: every final finds a call left in the window', async () => {
  const clock = new FakeClock();
  const budgets = new RouteBudgets(clock);
  const calls = { count: 5, every: 5_000 };
  const sent: number[] = [];
  const all = ['A', 'B', 'C', 'D'].map((job) => {
    const live = aLiveMessage({ job, clock, budgets });
    live.surface.can = { previews: true, minimumGap: 1_100, calls };
    live.surface.before = () => void sent.push(clock.now());
    live.message.activate();
    return live;
  });
  for (let i = 1; i <= 28; i++) {
    await clock.advance(300);
    for (const { message } of all) message.show(stepCard(i));
  }
  for (const { message } of all) {
    await message.settle();
    budgets.spend('route', calls)();
    sent.push(clock.now());
  }
  // The platform's own rule: never more than five calls between two resets.
  let windowStart = Number.NEGATIVE_INFINITY;
  let inWindow = 0;
  for (const at of sent) {
    if (at >= windowStart + calls.every) [windowStart, inWindow] = [at, 0];
    expect(++inWindow).toBeLessThanOrEqual(calls.count);
  }
  expect(sent.length).toBeGreaterThan(4);
});

test('thousands of routes that were used once are not remembered for ever', async () => {
  const clock = new FakeClock();
  const budgets = new RouteBudgets(clock);
  for (let i = 0; i < 5_000; i++) {
    budgets.enter(`token-${i}`, 'j', { count: 5, every: 5_000 });
    budgets.spend(`token-${i}`, { count: 5, every: 5_000 })();
    budgets.leave(`token-${i}`, 'j');
    if (i % 100 === 0) await clock.advance(1_000);
  }
  const [routes] = Object.values(budgets).filter((part): part is Map<string, unknown> => part instanceof Map);
  expect(routes!.size).toBeLessThan(1_100);
});
