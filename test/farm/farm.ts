/**
 * Many requests from Discord through a bot, Redis and two workers, each a process of its own, while one after the other is
 * killed at random and started again. Counts what people would see: pictures that never came, and pictures that came twice.
 */

import type { RedisProcess } from '../bot/devices/remote/redis-process.ts';
import { isFinal, isPrivate, labelsOf, wordsOf } from '../bot/discord/a-discord.ts';
import type { DiscordStandin } from '../standins/discord/discord-standin.ts';
import type { Interaction } from '../standins/discord/shapes.ts';
import { type Part, processPart } from './parts.ts';

export interface FarmOptions {
  readonly standin: DiscordStandin;
  /** With its append-only file. */
  readonly redis: RedisProcess;
  /** Of the bot's journal, and of the workers. */
  readonly folders: { readonly bot: string; readonly workers: readonly [string, string] };
  /** A second bot waits beside the first on the same journal; who is killed is started again as the one that waits. */
  readonly standby?: boolean;
  readonly jobs: number;
  /** How often something is killed. */
  readonly kills: number;
  /** Requests that may be unfinished before another is made. */
  readonly atOnce: number;
  readonly stepMs: number;
  /** Whole numbers below the one given. */
  readonly random: (below: number) => number;
  readonly tell: (line: string) => void;
}

export interface FarmResult {
  /** Requests that were answered, and so must end in a picture. */
  readonly accepted: number;
  /** Requests that Discord's "did not respond" ended: typed while the bot was gone. */
  readonly unanswered: number;
  readonly delivered: number;
  /** Ended in a sentence instead of a picture. */
  readonly failed: number;
  /** Seeds of pictures that came more than once. */
  readonly twice: readonly number[];
  /** Seeds of accepted requests without an end. */
  readonly stuck: readonly number[];
  readonly killed: Readonly<Record<string, number>>;
}

/** Milliseconds after which Discord tells people that the application did not respond: such a request was not accepted. */
const NO_ANSWER = 3_000;
const FIRST_SEED = 100_000;
/** Milliseconds without any progress after which what is left is stuck. */
const STUCK = 180_000;

export async function runFarm(options: FarmOptions): Promise<FarmResult> {
  const { standin, redis, folders, standby = false, jobs, kills, atOnce, random, tell } = options;
  const { world } = standin;
  const cluster = { REDIS_URL: redis.url, WORKER_KEY: 'a key for nothing but the farm', PORT: '0' };
  const botPart = (name: string) =>
    processPart(
      name,
      'bot/main.ts',
      {
        ...cluster,
        ROLE: 'bot',
        DATA_DIR: folders.bot,
        DISCORD_TOKEN: standin.token,
        DISCORD_API_URL: standin.apiUrl,
        ...{ MAX_WAITING: '10000', MAX_WAITING_PER_PERSON: '10000' },
        ...{ MAX_AT_ONCE_PER_PERSON: '10000', MAX_PER_MINUTE_PER_PERSON: '10000' },
        ...{ MAX_AT_ONCE_PER_CHANNEL: '10000', MAX_PER_MINUTE_PER_CHANNEL: '10000' },
      },
      /is open/,
    );
  const bots = standby ? [botPart('bot 1'), botPart('bot 2')] : [botPart('bot')];
  const bot = standby ? standbyPair(bots as [Part, Part]) : bots[0]!;
  const workers = folders.workers.map((folder, i) =>
    processPart(
      `worker ${i + 1}`,
      'test/farm/worker.ts',
      {
        ...cluster,
        ROLE: 'worker',
        WORKER_NAME: `gpu-${i + 1}`,
        DEVICES: 'cpu',
        DATA_DIR: folder,
        STEP_MS: String(options.stepMs),
      },
      /works/,
    ),
  );
  const start = () => redis.start();
  const redisPart: Part = { name: 'Redis', start, kill: () => redis.kill() };
  const redisLost: Part = { name: 'Redis with all it held', start, kill: () => redis.lose() };
  const parts: readonly Part[] = [bot, ...workers, redisPart, redisLost];
  const killed: Record<string, number> = {};

  const seeds = Array.from({ length: jobs }, (_, i) => FIRST_SEED + i);
  const asked = new Map<number, Interaction>();
  const ends = () => {
    const counts = new Map<number, number>();
    const failures = new Set<number>();
    for (const message of world.messages) {
      if (isFinal(message)) {
        const seed = Number(/seed (\d+)/.exec(wordsOf(message))?.[1]);
        counts.set(seed, (counts.get(seed) ?? 0) + 1);
      } else if (labelsOf(message).includes('Try again')) {
        const seed = [...asked].find(([, { token }]) => token === message.token)?.[0];
        if (seed !== undefined) failures.add(seed);
      }
    }
    return { counts, failures };
  };
  /** A request that is refused is refused in private: it was not accepted. */
  const isAnswered = (seed: number) =>
    world.messages.some((message) => message.token === asked.get(seed)?.token && !isPrivate(message));
  /** Its answer may still come: those that never come must not slow the others down. */
  const isOpen = (seed: number) =>
    isAnswered(seed) || world.clock.now() - asked.get(seed)!.createdAt < NO_ANSWER;
  /** Discord is connected, and a worker is ready. */
  const isReady = async () => {
    for (const one of bots) {
      const address = /open: (http\S+)/.exec(one.said!())?.[1];
      if (address === undefined) continue;
      const answer = await fetch(`${address}readyz`).catch(() => undefined);
      if (answer?.ok === true) return true;
    }
    return false;
  };

  try {
    await Promise.all([bot, ...workers].map((part) => part.start()));
    while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50));
    await world.until(() => world.commands.length > 0, STUCK);
    const person = standin.person('Anna');
    let isOver = false;
    const killing = (async () => {
      for (let i = 0; i < kills && !isOver; i++) {
        // Spread over the run by what is finished, not by the clock.
        const due = Math.floor(((i + 1) * jobs) / (kills + 1));
        await world.until(() => isOver || ends().counts.size >= due - atOnce, STUCK * 4);
        const part = parts[random(parts.length)]!;
        killed[part.name] = (killed[part.name] ?? 0) + 1;
        tell(`${ends().counts.size} pictures; kill ${part.name}`);
        await part.kill();
        await part.start();
      }
    })();
    killing.catch(() => {});

    let finished = 0;
    let since = performance.now();
    const unfinished = () => {
      const { counts, failures } = ends();
      const left = [...asked.keys()].filter((seed) => !counts.has(seed) && !failures.has(seed));
      const done = counts.size + failures.size;
      if (done > finished) [finished, since] = [done, performance.now()];
      return left;
    };
    const isStuck = () => performance.now() - since > STUCK;
    for (const seed of seeds) {
      await world.until(() => isStuck() || unfinished().filter(isOpen).length < atOnce, STUCK * 4);
      while (!isStuck() && !(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50));
      if (isStuck()) break;
      asked.set(seed, person.slash('imagine', { prompt: 'a red boat', model: 'nano', seed, steps: 4 }));
    }
    isOver = isStuck();
    await killing;
    await world.until(() => isStuck() || unfinished().filter(isAnswered).length === 0, STUCK * 4);
    isOver = true;
    const { counts, failures } = ends();
    const stuck = unfinished().filter(isAnswered);
    const accepted = [...asked.keys()].filter((seed) => counts.has(seed) || isAnswered(seed));
    return {
      accepted: accepted.length,
      unanswered: asked.size - accepted.length,
      delivered: counts.size,
      failed: failures.size,
      twice: [...counts].flatMap(([seed, times]) => (times > 1 ? [seed] : [])),
      stuck,
      killed,
    };
  } finally {
    await Promise.all([...parts, ...bots].map((part) => part.kill()));
  }
}

/** Two bots as one: started when the first is open; the one that is open is killed, and started again to wait for the other. */
function standbyPair([first, second]: readonly [Part, Part]): Part {
  let active = first;
  let isBegun = false;
  const other = () => (active === first ? second : first);
  /** Open once the other is gone: nobody waits for that here. What keeps it from it shows as requests that are stuck. */
  const wait = (part: Part) => void part.start().catch(() => {});
  return {
    name: 'bot',
    async start() {
      if (!isBegun) await first.start();
      isBegun = true;
      wait(other());
    },
    async kill() {
      await active.kill();
      active = other();
    },
  };
}
