/**
 * What people feel on Discord, measured against the stand-in with 10 ms of network: how long a command waits for its
 * acknowledgement while pictures are made, and how long a final waits after its last step.
 * `npx tsx test/bench/discord.ts [runs]` prints the figures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startDiscord, type TestDiscord } from '../bot/discord/start-discord.ts';
import { openDiscordStandin } from '../standins/discord/discord-standin.ts';
import type { Message } from '../standins/discord/shapes.ts';
import { atMost, type Figures } from './figure.ts';

const LATENCY = 10;
const STEPS = 28;
const STEP_TIME = 300;
/** Runs side by side. */
const AT_ONCE = 4;
/** Jobs side by side that make one measurement of the channel route. */
const TOGETHER = 4;

const isFinal = (message: Message) => message.attachments.some(({ filename }) => filename.endsWith('.png'));

/** @param runs of each measurement */
export async function benchDiscord(runs = 50, say: (line: string) => void = () => {}): Promise<Figures> {
  return withDiscord(AT_ONCE * (1 + TOGETHER), async (bot) => {
    say('acknowledgements, while pictures are made');
    const acks = await measureAcknowledgements(bot, 500);
    say(`${runs} jobs, each with its own token`);
    const own = await measureFinals(bot, runs, 1, (person, channel) => {
      person.slash('imagine', { prompt: 'a fox', steps: STEPS }, { channel });
    });
    say(`${runs} times four jobs of one channel, without tokens`);
    const shared = await measureFinals(bot, runs, 1 + TOGETHER, async (person, channel) => {
      const asked = person.slash('imagine', { prompt: 'a fox', steps: STEPS }, { channel });
      const first = await bot.standin.answerTo(asked, isFinal);
      for (let i = 0; i < TOGETHER; i++) person.react(first, '🎲');
    });
    const waits = bot.logged.filter(({ event }) => event === 'a call waits for a rate limit').length;
    say(
      JSON.stringify(bot.logged.filter(({ event }) => event === 'a call waits for a rate limit').slice(0, 5)),
    );
    return {
      discord_ack_p99: atMost(at(acks, 0.99), 'ms', 250, { commands: acks.length }),
      discord_ack_longest: atMost(at(acks, 1), 'ms', 1_000),
      discord_final_delay_longest: atMost(at(own, 1), 'ms', 100, { jobs: own.length, median: at(own, 0.5) }),
      discord_shared_final_delay_longest: atMost(at(shared, 1), 'ms', 250, {
        jobs: shared.length,
        median: at(shared, 0.5),
      }),
      discord_rate_limited: atMost(bot.standin.http.rateLimited, 'answers', 0),
      discord_rate_limit_waits: atMost(waits, 'calls', 0),
    };
  });
}

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
async function measureAcknowledgements({ standin }: TestDiscord, count: number): Promise<number[]> {
  const { world } = standin;
  const person = standin.person('Somebody');
  const asked = [];
  for (let i = 0; i < count; i++) {
    const channel = world.addChannel({ guild: world.home.guild! });
    asked.push(person.slash('imagine', { prompt: 'a fox', steps: 2 }, { channel }));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  await world.until(() => world.messages.filter(isFinal).length === count, 300_000);
  return asked.map(({ createdAt, ackedAt }) => ackedAt! - createdAt).sort((a, b) => a - b);
}

type Ask = (person: ReturnType<TestDiscord['standin']['person']>, channel: Message['channel']) => unknown;

/** Milliseconds from a job's last step until its picture stands in the message, sorted. */
async function measureFinals({ standin, desk }: TestDiscord, runs: number, jobs: number, ask: Ask) {
  const { world } = standin;
  const lastStep = new Map<string, number>();
  const stop = desk.watch('all', (id, news) => {
    if (news.type === 'progress' && news.event?.type === 'step' && news.event.index === STEPS) {
      lastStep.set(id, performance.timeOrigin + performance.now());
    }
  });
  for (let done = 0; done < runs; done += AT_ONCE) {
    const asked = Array.from({ length: Math.min(AT_ONCE, runs - done) }, () => {
      const channel = world.addChannel({ guild: world.home.guild! });
      return ask(standin.person('Somebody'), channel);
    });
    await Promise.all(asked);
    const expected = jobs * Math.min(runs, done + AT_ONCE);
    const isBrought = (id: string) => finalOf(id, desk, world.messages) !== undefined;
    await world.until(() => lastStep.size === expected && [...lastStep.keys()].every(isBrought), 120_000);
  }
  stop();
  const delays = [...lastStep].map(([id, at]) => finalOf(id, desk, world.messages)! - at);
  return delays.sort((a, b) => a - b);
}

/** When a job's picture stood in its message. */
function finalOf(id: string, desk: TestDiscord['desk'], messages: readonly Message[]): number | undefined {
  const [ref] = desk.find(id).messages;
  const message = messages.find((one) => one.id === ref?.id);
  return message?.revisions.find(({ attachments }) =>
    attachments.some(({ filename }) => /png$/.test(filename)),
  )?.at;
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const figures = await benchDiscord(Number(process.argv[2] ?? 50), (line) =>
    process.stderr.write(`${line}\n`),
  );
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  process.exitCode = Object.values(figures).every(({ pass }) => pass) ? 0 : 1;
}
