/** The machine's clock is set back or ahead: what lasts so long goes on lasting so long, in every room. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { APIInteraction, Client } from 'discord.js';
import { expect, onTestFinished, test } from 'vitest';
import type { Calls as DiscordCalls } from '../../bot/discord/calls.ts';
import { InteractionResponses } from '../../bot/discord/interaction-response.ts';
import { Moderators } from '../../bot/discord/moderators.ts';
import type { DiscordPlace } from '../../bot/discord/place.ts';
import { Guesses } from '../../bot/http/lock.ts';
import { AddressLimits } from '../../bot/jobs/address-limits.ts';
import { describeJob } from '../../bot/messages/card.ts';
import { LiveMessage } from '../../bot/messages/live-message.ts';
import { RouteBudgets } from '../../bot/messages/route-budget.ts';
import { RouteShares } from '../../bot/messages/route-shares.ts';
import { Users } from '../../bot/slack/users.ts';
import { openJournal } from '../../bot/store/journal.ts';
import { JOBS } from '../../config/defaults.ts';
import { FakeClock } from './fake-clock.ts';
import { ANNA, aJob, STUDIO } from './jobs/a-job.ts';
import { failing, RecordingSurface } from './messages/recording-surface.ts';

const HOUR = 3_600_000;
const wrong = test.each([
  ['back three hours', -3 * HOUR],
  ['ahead three hours', 3 * HOUR],
]);

wrong('a clock set %s during an outage does not keep a job’s message from going on', async (_, ms) => {
  const clock = new FakeClock();
  const surface = new RecordingSurface(() => clock.now());
  const message = new LiveMessage({
    surface,
    clock,
    budgets: new RouteBudgets(clock),
    post: () => ({ job: 'J', place: STUDIO, messages: [{ id: 'm' }], mayAlreadyBePosted: false }),
    shares: new RouteShares(),
    ...{ doubted: () => {}, opened: () => {}, gone: () => {}, closed: () => {}, dropped: () => {} },
  });
  const card = (index: number) =>
    describeJob(aJob('J', { state: 'running' }), (file) => file, {
      phase: 'step',
      index,
      total: 9,
      endsIn: 0,
    });
  let tries = 0;
  surface.before = () => {
    if (++tries === 1) throw failing({ kind: 'unavailable' });
  };
  message.show(card(1));
  await clock.advance(1);
  clock.setAhead(ms);
  message.show(card(2));
  await clock.advance(JOBS.retry.first - 10);
  expect(tries).toBe(1);
  await clock.advance(1_000);
  expect(surface.calls('edit')).toHaveLength(1);
});

wrong('a clock set %s does not change how long an interaction is tried to be answered', async (_, ms) => {
  const clock = new FakeClock();
  let tries = 0;
  const calls = {
    make: async () => {
      if (++tries === 2) clock.setAhead(ms);
      throw new Error('no way through');
    },
  } as unknown as DiscordCalls;
  const interaction = { id: '1', token: 't', application_id: '2' } as APIInteraction;
  let outcome: boolean | undefined;
  const responses = new InteractionResponses(calls, clock);
  void responses
    .begin(interaction)
    .defer('message')
    .then((isThere) => {
      outcome = isThere;
    });
  await clock.advance(2_900);
  expect(tries).toBeGreaterThan(20);
  await clock.advance(200);
  expect(outcome).toBe(false);
});

test('a moderator of an hour ago is asked about anew, also when the clock was set back since', async () => {
  const clock = new FakeClock();
  const moderators = new Moderators({ guilds: { cache: new Map() } } as unknown as Client, clock);
  const said = { channel: { id: 'c' }, member: { permissions: '8192', user: { id: ANNA.id } } };
  moderators.note(said as APIInteraction);
  const place = { surface: 'discord', channel: 'c', server: 's' } as DiscordPlace;
  clock.setAhead(3 * HOUR);
  expect(await moderators.has(ANNA, place)).toBe(true);
  clock.setAhead(-6 * HOUR);
  await clock.advance(HOUR);
  expect(await moderators.has(ANNA, place)).toBe(false);
});

test('what Slack said about somebody is not believed for days because the clock was set back', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-users-'));
  const clock = new FakeClock();
  const journal = openJournal(path.join(folder, 'journal.db'), clock);
  onTestFinished(() => {
    journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let name = 'Anna';
  const calls = { make: async () => ({ user: { real_name: name } }) };
  const users = new Users(calls as never, { ...journal, clock });
  expect(await users.find({ team: 'T', user: 'U' })).toMatchObject({ name: 'Anna' });
  name = 'Anna Blau';
  expect(await users.find({ team: 'T', user: 'U' })).toMatchObject({ name: 'Anna' });
  clock.setAhead(-72 * HOUR);
  expect(await users.find({ team: 'T', user: 'U' })).toMatchObject({ name: 'Anna Blau' });
});

wrong('a clock set %s neither frees a guesser nor locks an address up for hours', async (_, ms) => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  for (let i = 0; i < 10; i++) guesses.note('a');
  clock.setAhead(ms);
  expect(() => guesses.check('a')).toThrow(expect.objectContaining({ data: { retry_after_s: 60 } }));
  await clock.advance(60_000);
  expect(() => guesses.check('a')).not.toThrow();
});

wrong('a clock set %s changes nothing of what an address may ask for', async (_, ms) => {
  const clock = new FakeClock();
  const limits = { waitingOfPerson: 100, personRate: { burst: 1, every: 40_000 } };
  const addresses = new AddressLimits({ limits, clock, isWaiting: () => false });
  const ask = () =>
    addresses.admit('a', { by: ANNA, place: STUDIO }, async ({ allow }) => {
      allow?.();
      return undefined;
    });
  for (let i = 0; i < 4; i++) await ask();
  await expect(ask()).rejects.toMatchObject({ data: { retry_after_s: 10 } });
  clock.setAhead(ms);
  await expect(ask()).rejects.toMatchObject({ data: { retry_after_s: 10 } });
  await clock.advance(10_000);
  await ask();
});
