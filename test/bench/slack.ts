/**
 * What people feel on Slack, measured against the stand-in with 10 ms of network: how long a command waits for its
 * acknowledgement while pictures are made, what a refresh of the sockets loses, what a rate limit on progress costs the
 * final, whether a picture is ever shown before Slack can show it, and how often a workflow step is told its end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type StartOptions, startSlack, type TestSlack } from '../bot/slack/start-slack.ts';
import type { Delivery } from '../standins/slack/deliveries.ts';
import { openSlackStandin, type SlackStandin } from '../standins/slack/index.ts';
import type { Execution, Message } from '../standins/slack/shapes.ts';
import { atLeast, atMost, type BenchPart, type Figures, median } from './figure.ts';

const LATENCY = 10;
const COMMANDS = 500;
const STEPS = 8;
const STEP_TIME = 250;
const RUNS = 100;
const PROCESSING = 300;
const LONG = 240_000;

const isFinal = ({ images }: Message) => images.some(({ file }) => file !== undefined);
const finals = ({ standin }: TestSlack) => standin.world.messages.filter(isFinal);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const slack: BenchPart = async (_, say) => {
  say(`${COMMANDS} commands by socket, while pictures are made`);
  const bySocket = await withSlack({ by: 'socket', devices: 4, stepTime: 20 }, acknowledgements);
  say(`${COMMANDS} commands by request, while pictures are made`);
  const byHttp = await withSlack({ by: 'http', devices: 4, stepTime: 20 }, acknowledgements);
  say('20 commands while both sockets are refreshed');
  const handled = await withSlack({ devices: 4 }, refresh);
  say('finals with and without a rate limit on progress');
  const limited = await withSlack({ stepTime: STEP_TIME }, rateLimit);
  say(`${RUNS} pictures, each looked at`);
  const shown = await withSlack({ devices: 4, stepTime: 20 }, pictures);
  say('workflow steps: normal, failure, restart in mid-job, token dead');
  const steps = await workflowSteps();
  say('every command told three times');
  const repeated = await withSlack({ devices: 4 }, repetitions);
  return {
    ...named('socket', bySocket),
    ...named('http', byHttp),
    ...handled,
    ...limited,
    ...shown,
    ...steps,
    ...repeated,
  };
};

type Options = Omit<StartOptions, 'standin' | 'folder'>;

async function withSlack<T>(options: Options, measure: (bot: TestSlack) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const standin = await aStandin();
  const bot = await startSlack({ standin, folder, ...options });
  try {
    return await measure(bot);
  } finally {
    await bot.close();
    await standin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Limits are counted in their own figure; elsewhere they would only be in the way. */
async function aStandin(): Promise<SlackStandin> {
  const standin = await openSlackStandin();
  standin.http.latency = () => LATENCY;
  standin.http.limits.allowance = () => ({ burst: 1e6, every: 1 });
  standin.world.processingTime = () => PROCESSING;
  return standin;
}

/** Milliseconds until each acknowledgement, sorted. */
async function acknowledgements(bot: TestSlack): Promise<number[]> {
  const { standin } = bot;
  const people = Array.from({ length: 10 }, (_, i) => standin.person(`P${i}`));
  const told: Delivery[] = [];
  for (let i = 0; i < COMMANDS; i++) {
    told.push(people[i % people.length]!.types(`/imagine fox ${i} --steps 4`));
    await pause(30);
  }
  await standin.until(() => told.every(({ ackedAfter, failure }) => ackedAfter ?? failure), LONG);
  return told.map(({ ackedAfter = Number.POSITIVE_INFINITY }) => ackedAfter).sort((a, b) => a - b);
}

function named(mode: string, acks: readonly number[]): Figures {
  const detail = { commands: acks.length, median: at(acks, 0.5), longest: at(acks, 1) };
  return { [`slack_ack_p99_${mode}`]: atMost(at(acks, 0.99), 'ms', 250, detail) };
}

async function refresh(bot: TestSlack): Promise<Figures> {
  const { standin } = bot;
  const told: Delivery[] = [];
  for (let i = 0; i < 20; i++) {
    // Slack refreshes one socket after the other.
    if (i === 3 || i === 11) standin.sockets.refresh(standin.sockets.open().slice(0, 1));
    told.push(standin.person(`P${i}`).types(`/imagine fox ${i}`));
    await pause(50);
  }
  await standin.until(() => told.every(({ ackedAfter, failure }) => ackedAfter ?? failure), LONG);
  await standin.until(() => bot.jobs.history.recent('slack', 100).length === 20, 5_000).catch(() => {});
  const handled = bot.jobs.history.recent('slack', 100).length;
  return { slack_handled_during_refresh: atLeast(handled, 'of 20 commands', 20) };
}

/** Milliseconds from the last step to the final, with progress free and with progress told to wait. */
async function rateLimit(bot: TestSlack): Promise<Figures> {
  const { standin, jobs } = bot;
  const anna = standin.person('Anna');
  const delays = { free: [] as number[], limited: [] as number[] };
  for (let i = 0; i < 6; i++) {
    const isLimited = i % 2 === 1;
    let lastStep = 0;
    const stop = jobs.watch('all', (news) => {
      if (news.type !== 'progress' || news.event?.type !== 'step') return;
      if (news.event.index === 2 && isLimited) standin.http.limits.force('chat.update', 30_000);
      if (news.event.index === STEPS) lastStep = Date.now();
    });
    anna.types(`/imagine fox ${i} --steps ${STEPS}`);
    const final = await standin.until(() => finals(bot).length === i + 1 && finals(bot).at(-1), LONG);
    delays[isLimited ? 'limited' : 'free'].push(final.revisions[0]!.at - lastStep);
    stop();
    standin.http.limits.force('chat.update', 0);
    await pause(200);
  }
  const detail = { free: delays.free, limited: delays.limited, told_to_wait: standin.http.rateLimited };
  const delay = Math.max(...delays.limited) - median(delays.free);
  return { slack_final_delay_by_429: atMost(delay, 'ms', 300, detail) };
}

async function pictures(bot: TestSlack): Promise<Figures> {
  const { standin } = bot;
  const { world } = standin;
  let turn = 0;
  world.processingTime = () => (turn++ % 5) * PROCESSING;
  const people = Array.from({ length: 4 }, (_, i) => standin.person(`P${i}`));
  for (let i = 0; i < RUNS; i++) {
    people[i % 4]!.types(`/imagine fox ${i} --count ${1 + (i % 2)}`);
    await standin.until(() => finals(bot).length > i - 8, LONG);
  }
  await standin.until(() => finals(bot).length === RUNS, LONG);
  const images = world.shownImages();
  const bad = images.filter(({ isBroken, wasProcessed }) => isBroken || !wasProcessed).length;
  const detail = { pictures: images.length, runs: RUNS };
  return { slack_pictures_shown_too_early: atMost(bad + world.refusedImages, 'pictures', 0, detail) };
}

async function workflowSteps(): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const standin = await aStandin();
  let bot = await startSlack({ standin, folder, stepTime: 50 });
  const anna = standin.person('Anna');
  const run = async (given: object, meanwhile: (execution: Execution) => unknown = () => {}) => {
    const inputs = { prompt: 'a fox', channel_id: standin.world.general.id, ...given };
    const { execution, delivery } = standin.workflow.runs('imagine_step', inputs, anna.user);
    await standin.deliveries.acked(delivery);
    await meanwhile(execution);
    await standin.until(() => execution.state !== 'running', LONG);
    await pause(300);
    return execution.completions.filter(({ accepted }) => accepted).length;
  };
  try {
    const normal = await run({});
    const failure = await run({ model: 'unknown' });
    const restart = await run({}, async () => {
      await bot.close();
      bot = await startSlack({ standin, folder, stepTime: 50 });
    });
    const dead = await run({}, (execution) => standin.workflow.killToken(execution));
    const all = [normal, failure, restart, dead];
    const detail = { normal, failure, restart, token_dead: dead };
    return {
      slack_steps_not_told_once: atMost(all.filter((count) => count !== 1).length, 'steps', 0, detail),
    };
  } finally {
    await bot.close();
    await standin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function repetitions(bot: TestSlack): Promise<Figures> {
  const { standin, jobs } = bot;
  standin.deliveries.copies = 3;
  for (let i = 0; i < 20; i++) standin.person(`P${i}`).types(`/imagine fox ${i}`);
  await standin.until(() => finals(bot).length >= 20, LONG);
  await pause(500);
  const extra = jobs.history.recent('slack', 200).length - 20;
  return { slack_jobs_of_repetitions: atMost(extra, 'jobs', 0, { commands: 20, told: 60 }) };
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
