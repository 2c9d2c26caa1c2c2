/**
 * Kills the service or its workers with SIGKILL at random moments under load, fills its disk and sets its clock, again
 * and again on the same files, then lets it come to rest and counts: what was accepted must have ended in exactly one
 * last word, and nothing may have failed whose own worker did not die three times.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openJournal } from '../../bot/store/journal.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { JOBS } from '../../config/defaults.ts';
import { AttackedService } from './attacked-service.ts';
import { Load } from './load.ts';
import { type Died, FOLDERS, type Posted } from './protocol.ts';
import { SmallDisk } from './small-disk.ts';

interface Kills {
  /** SIGKILL to the service while it served, and before it was ready. */
  service: number;
  whileStarting: number;
  /** SIGKILL to a worker. */
  workers: number;
}

export interface ChaosReport {
  readonly seed: number;
  readonly kills: Kills;
  /** How often the disk was filled; 0 where this user may not mount one. */
  readonly diskFull: number;
  readonly clockJumps: number;
  /** Requests whose acceptance was told, and how they ended. */
  readonly accepted: number;
  /** Times that a request was refused since the disk was full; each was sent again. */
  readonly refused: number;
  readonly sentences: readonly string[];
  readonly delivered: number;
  readonly failed: number;
  /** Why they failed: codes of faults. */
  readonly failures: readonly string[];
  /** Of the failed: those whose own worker did not die as often as a job is tried. */
  readonly failedForNothing: number;
  readonly lost: number;
  readonly doubleFinals: number;
  readonly halfPictures: number;
  /** Events that made more than one job. */
  readonly doubleJobs: number;
}

export interface ChaosOptions {
  /** Kills of workers and of the service together. */
  readonly kills: number;
  /** Milliseconds after which no more attacks are begun, however many there were. */
  readonly most?: number;
  readonly seed: number;
  /** An empty folder. */
  readonly folder: string;
  readonly onKill?: (kills: number) => void;
}

/** Troubles of one service's life, at most. */
const WORRIES = 24;
const HOUR = 3_600_000;
const JUMPS = [-3 * HOUR, -16 * 60_000, 16 * 60_000, 24 * HOUR];

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { kills: wanted, most = Number.POSITIVE_INFINITY, seed, folder, onKill } = options;
  const begin = performance.now();
  const random = randomNumbers(seed);
  for (const name of Object.values(FOLDERS)) mkdirSync(path.join(folder, name));
  const disk = new SmallDisk(path.join(folder, FOLDERS.data));
  const kills: Kills = { service: 0, whileStarting: 0, workers: 0 };
  const faults = { diskFull: 0, clockJumps: 0 };
  const load = new Load(random);
  const total = () => kills.service + kills.whileStarting + kills.workers;
  try {
    while (total() < wanted && performance.now() - begin < most) {
      const service = new AttackedService(folder, load);
      if (random() < 0.1) {
        await pause(random() * 900);
        kills.whileStarting++;
      } else {
        await service.ready;
        const stop = load.keepComing(service);
        await attack(service);
        stop();
        disk.free();
        kills.service++;
      }
      await service.kill();
      onKill?.(total());
    }
    await comeToRest(folder, load);
    return { seed, kills, ...faults, accepted: load.accepted.size, ...count(folder, load) };
  } finally {
    disk.unmount();
  }

  /** A service's life: some worker kills, perhaps a full disk and a jump of the clock, in any order. */
  async function attack(service: AttackedService): Promise<void> {
    const worries = Math.floor(random() * WORRIES);
    for (let i = 0; i < worries; i++) {
      await pause(100 + random() * 700);
      const dice = random();
      if (dice < 0.1 && disk.fill()) {
        faults.diskFull++;
        await pause(random() * 1_500);
        if (random() < 0.7) disk.free();
      } else if (dice < 0.25) {
        faults.clockJumps++;
        service.send({ type: 'clock', ahead: JUMPS[Math.floor(random() * JUMPS.length)]! });
      } else {
        kills.workers += await killWorker(service);
      }
    }
    await pause(100 + random() * 1_500);
  }

  /** One whose job may still be tried again: otherwise it would fail, and rightly. @returns how many were killed */
  async function killWorker(service: AttackedService): Promise<number> {
    const living = (await service.workers()).filter(({ attempts }) => attempts < JOBS.attempts);
    const victim = living[Math.floor(random() * living.length)];
    if (victim === undefined) return 0;
    try {
      process.kill(victim.pid, 'SIGKILL');
      return 1;
    } catch {
      return 0; // gone already
    }
  }
}

/** The service without attacks, until nothing is left to do; then it is asked to stop. */
async function comeToRest(folder: string, load: Load): Promise<void> {
  const service = new AttackedService(folder, load);
  await service.ready;
  load.sendUnanswered(service);
  while (load.unanswered.size > 0 || (await service.unsettled()) > 0) await pause(100);
  await service.stop();
}

function count(folder: string, load: Load) {
  const data = path.join(folder, FOLDERS.data);
  const finals = tally(
    linesOf<Posted>(folder, 'posts.jsonl')
      .filter(({ call }) => call === 'finish')
      .map(({ job }) => job),
  );
  const deaths = tally(linesOf<Died>(folder, 'deaths.jsonl').map(({ job }) => job));
  const journal = openJournal(path.join(data, 'journal.db'), systemClock);
  const jobs = [...load.accepted.values()].map((id) => journal.records.find(id));
  const pictures = jobs.flatMap((job) => job?.pictures ?? []);
  const states = journal.records.countByState();
  journal.close();
  const failedJobs = jobs.flatMap((job) => (job?.state === 'failed' ? [job] : []));
  const failed = failedJobs.map(({ id }) => id);
  return {
    refused: load.refused,
    sentences: [...load.sentences],
    delivered: jobs.filter((job) => job?.state === 'delivered').length,
    failed: failed.length,
    failures: failedJobs.map(({ fault }) => fault?.code ?? '?'),
    failedForNothing: failed.filter((id) => (deaths.get(id) ?? 0) < JOBS.attempts).length,
    lost: jobs.filter((job) => job === undefined || job.delivery !== 'posted' || !finals.has(job.id)).length,
    doubleFinals: [...finals.values()].filter((times) => times > 1).length,
    halfPictures: pictures.filter((picture) => !isWhole(data, picture)).length + strayFiles(data, pictures),
    doubleJobs: load.doubles + Object.values(states).reduce((a, b) => a + b, 0) - load.accepted.size,
  };
}

function linesOf<T>(folder: string, name: string): T[] {
  const file = path.join(folder, FOLDERS.platform, name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}

function tally(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

function isWhole(data: string, { file, sha256 }: { file: string; sha256: string }): boolean {
  const picture = path.join(data, 'pictures', file);
  return existsSync(picture) && createHash('sha256').update(readFileSync(picture)).digest('hex') === sha256;
}

/** Files that no job owns: halves of pictures, and pictures of attempts that died. */
function strayFiles(data: string, pictures: readonly { file: string }[]): number {
  const owned = new Set(pictures.map(({ file }) => file));
  return readdirSync(path.join(data, 'pictures')).filter((file) => !owned.has(file)).length;
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32); the moments themselves still depend on the machine. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
