/**
 * What people feel on Discord, measured against the stand-in with 10 ms of network and five calls in five seconds on a
 * route: how long a command waits for its acknowledgement while pictures are made, and how long a final waits after its
 * last step. Some minutes of pictures are made side by side, in channels of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDiscord, type TestDiscord } from '../bot/discord/start-discord.ts';
import { openDiscordStandin } from '../standins/discord/discord-standin.ts';
import type { Message, Revision } from '../standins/discord/shapes.ts';
import { atMost, type BenchPart, median } from './figure.ts';

const LATENCY = 10;
const STEPS = 28;
const STEP_TIME = 300;
const RUNS = 50;
const COMMANDS = 500;
/** Milliseconds between two commands. */
const APART = 40;
/** Milliseconds between the beginnings of two runs, each in a channel of its own: some 25 go on at any time. */
const RUNS_APART = 340;
/** Jobs of one channel whose finals share its route, since they have no token. */
const TOGETHER = 4;
const DEVICES = TOGETHER * Math.ceil((1.2 * STEPS * STEP_TIME) / RUNS_APART);

const isFinal = (message: Message) => message.attachments.some(({ filename }) => filename.endsWith('.png'));
const isPreview = ({ attachments }: Revision) => attachments[0]?.filename === 'preview.webp';

export const discord: BenchPart = async (_folder, say) =>
  withDiscord(DEVICES, async (bot) => {
    const { standin } = bot;
    say(`${COMMANDS} commands, while pictures are made`);
    const acks = await measureAcknowledgements(bot);
    say(`${RUNS} pictures of ${STEPS} steps, each with its own token`);
    const answered: Message[] = [];
    const own = await measureFinals(bot, 1, async () => {
      const channel = standin.world.addChannel({ guild: standin.world.home.guild! });
      const asked = standin
        .person('Somebody')
        .slash('imagine', { prompt: 'a fox', steps: STEPS }, { channel });
      answered.push(await standin.answerTo(asked, isFinal));
    });
    say(`${RUNS} times ${TOGETHER} pictures of one channel, without tokens`);
    const shared = await measureFinals(bot, TOGETHER, async (run) => {
      for (let i = 0; i < TOGETHER; i++) standin.person('Somebody').react(answered[run]!, '🎲');
    });
    const previews = standin.world.messages.flatMap(({ revisions }) => revisions.filter(isPreview));
    const waits = bot.logged.filter(({ event }) => event === 'a call waits for a rate limit').length;
    return {
      discord_ack_p99: atMost(at(acks, 0.99), 'ms', 250, { commands: acks.length, median: median(acks) }),
      discord_ack_longest: atMost(at(acks, 1), 'ms', 1_000),
      discord_final_delay_longest: atMost(at(own, 1), 'ms', 100, { count: own.length, median: median(own) }),
      discord_shared_final_delay_longest: atMost(at(shared, 1), 'ms', 250, {
        count: shared.length,
        median: median(shared),
      }),
      discord_rate_limited: atMost(standin.http.rateLimited, 'answers', 0, { previews: previews.length }),
      discord_rate_limit_waits: atMost(waits, 'calls', 0),
    };
  });

async function withDiscord<T>(devices: number, measure: (bot: TestDiscord) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const standin = await openDiscordStandin();
  const bot = await startDiscord({ standin, folder, devices, stepTime: STEP_TIME });
  try {
    standin.http.latency = () => LATENCY;
    return await measure(bot);
  } finally {
    await bot.close();
    await standin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from the event to the acknowledgement, sorted. */
async function measureAcknowledgements({ standin }: TestDiscord): Promise<number[]> {
  const { world } = standin;
  const person = standin.person('Somebody');
  const asked = [];
  for (let i = 0; i < COMMANDS; i++) {
    const channel = world.addChannel({ guild: world.home.guild! });
    asked.push(person.slash('imagine', { prompt: 'a fox', steps: 2 }, { channel }));
    await new Promise((resolve) => setTimeout(resolve, APART));
  }
  await world.until(() => world.messages.filter(isFinal).length === COMMANDS, 300_000);
  return asked.map(({ createdAt, ackedAt }) => ackedAt! - createdAt).sort((a, b) => a - b);
}

/** Asks for a run's pictures. */
type Ask = (run: number) => Promise<void>;

/**
 * Milliseconds from a job's last step until its picture stands in the message, sorted.
 * @param jobs of one run
 */
async function measureFinals({ standin, jobs }: TestDiscord, count: number, ask: Ask) {
  const { world } = standin;
  const lastStep = new Map<string, number>();
  const stop = jobs.watch('all', (news) => {
    if (news.type === 'progress' && news.event?.type === 'step' && news.event.index === STEPS) {
      lastStep.set(news.job.id, performance.timeOrigin + performance.now());
    }
  });
  const asked: Promise<void>[] = [];
  for (let run = 0; run < RUNS; run++) {
    asked.push(ask(run));
    await new Promise((resolve) => setTimeout(resolve, RUNS_APART));
  }
  await Promise.all(asked);
  const isBrought = (id: string) => finalOf(id, jobs, world.messages) !== undefined;
  await world.until(() => lastStep.size === RUNS * count && [...lastStep.keys()].every(isBrought), 60_000);
  stop();
  const delays = [...lastStep].map(([id, at]) => finalOf(id, jobs, world.messages)! - at);
  return delays.sort((a, b) => a - b);
}

/** When a job's picture stood in its message. */
function finalOf(id: string, jobs: TestDiscord['jobs'], messages: readonly Message[]): number | undefined {
  const [ref] = jobs.find(id).messages;
  const message = messages.find((one) => one.id === ref?.id);
  return message?.revisions.find(({ attachments }) =>
    attachments.some(({ filename }) => /png$/.test(filename)),
  )?.at;
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
