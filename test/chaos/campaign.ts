/**
 * Kills the service or its workers with SIGKILL at random moments under load, again and again on the same files,
 * then lets it come to rest and counts: what was accepted must have ended in exactly one last word.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Journal } from '../../bot/store/journal.ts';
import { systemClock } from '../../bot/time/clock.ts';
import type { FromService, Posted, ToService } from './protocol.ts';

export interface ChaosReport {
  readonly runs: number;
  readonly seed: number;
  /** Of these, how often the service was killed, how often workers only, and how often before it was ready. */
  readonly kills: { readonly service: number; readonly workers: number; readonly whileStarting: number };
  /** Requests whose acceptance was told. */
  readonly accepted: number;
  /** How they ended. */
  readonly delivered: number;
  readonly failed: number;
  readonly lost: number;
  readonly doubleFinals: number;
  readonly halfPictures: number;
  /** Events that made more than one job. */
  readonly doubleJobs: number;
}

export interface ChaosOptions {
  readonly runs: number;
  readonly seed: number;
  /** An empty folder. */
  readonly folder: string;
  readonly onRun?: (run: number) => void;
}

export async function runChaos({ runs, seed, folder, onRun }: ChaosOptions): Promise<ChaosReport> {
  const random = randomNumbers(seed);
  const kills = { service: 0, workers: 0, whileStarting: 0 };
  const load = new Load(random);
  for (let run = 0; run < runs; run++) {
    const service = new Service(folder, load);
    if (random() < 0.1) {
      kills.whileStarting++;
      await pause(random() * 900);
    } else {
      await service.ready;
      const stop = load.keepComing(service);
      await pause(30 + random() * 500);
      if (random() < 0.35) {
        kills.workers++;
        await service.killWorkers(random() < 0.5 ? 1 : 2);
        await pause(random() * 300);
      } else kills.service++;
      stop();
    }
    await service.kill();
    onRun?.(run + 1);
  }
  await comeToRest(folder, load);
  return { runs, seed, kills, accepted: load.accepted.size, ...count(folder, load) };
}

/** The service without attacks, until nothing is left to do; then it is asked to stop. */
async function comeToRest(folder: string, load: Load): Promise<void> {
  const service = new Service(folder, load);
  await service.ready;
  load.sendUnanswered(service);
  while (load.unanswered.size > 0 || (await service.unsettled()) > 0) await pause(100);
  await service.stop();
}

function count(folder: string, load: Load) {
  const lines = readFileSync(path.join(folder, 'posts.jsonl'), 'utf8').trim().split('\n');
  const finals = new Map<string, number>();
  for (const { job, call } of lines.map((line) => JSON.parse(line) as Posted)) {
    if (call === 'finish') finals.set(job, (finals.get(job) ?? 0) + 1);
  }
  const journal = new Journal(path.join(folder, 'journal.db'), systemClock);
  const jobs = [...load.accepted.values()].map((id) => journal.find(id));
  const pictures = jobs.flatMap((job) => job?.pictures ?? []);
  const states = journal.countByState();
  journal.close();
  return {
    delivered: jobs.filter((job) => job?.state === 'delivered').length,
    failed: jobs.filter((job) => job?.state === 'failed').length,
    lost: jobs.filter((job) => job === undefined || job.delivery !== 'posted' || !finals.has(job.id)).length,
    doubleFinals: [...finals.values()].filter((times) => times > 1).length,
    halfPictures:
      pictures.filter((picture) => !isWhole(folder, picture)).length + strayFiles(folder, pictures),
    doubleJobs: load.doubles + Object.values(states).reduce((a, b) => a + b, 0) - load.accepted.size,
  };
}

function isWhole(folder: string, { file, sha256 }: { file: string; sha256: string }): boolean {
  const bytes = readFileSync(path.join(folder, 'pictures', file));
  return createHash('sha256').update(bytes).digest('hex') === sha256;
}

/** Files that no job owns: halves of pictures, and pictures of attempts that died. */
function strayFiles(folder: string, pictures: readonly { file: string }[]): number {
  const owned = new Set(pictures.map(({ file }) => file));
  return readdirSync(path.join(folder, 'pictures')).filter((file) => !owned.has(file)).length;
}

/** What people ask for. An event without an answer is sent again to the next service, as platforms do. */
class Load {
  /** Event to job. */
  readonly accepted = new Map<string, string>();
  readonly unanswered = new Map<string, ToService>();
  doubles = 0;
  private events = 0;
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  keepComing(service: Service): () => void {
    this.sendUnanswered(service);
    const timer = setInterval(() => {
      const key = `event-${++this.events}`;
      const person = `person-${Math.floor(this.random() * 5)}`;
      const event: ToService = {
        type: 'submit',
        key,
        person,
        model: this.random() < 0.5 ? 'turbo' : 'large',
      };
      this.unanswered.set(key, event);
      service.send(event);
    }, 20);
    return () => clearInterval(timer);
  }

  sendUnanswered(service: Service): void {
    for (const event of this.unanswered.values()) service.send(event);
  }

  noteAccepted(key: string, job: string): void {
    const before = this.accepted.get(key);
    if (before !== undefined && before !== job) this.doubles++;
    this.accepted.set(key, job);
    this.unanswered.delete(key);
  }
}

class Service {
  readonly ready: Promise<unknown>;
  private readonly child: ChildProcess;
  private readonly gone: Promise<unknown>;

  constructor(folder: string, load: Load) {
    this.child = fork(path.join(import.meta.dirname, 'service.ts'), [folder], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.ready = Promise.race([this.hear('ready'), this.gone.then(failUnlessKilled(this.child))]);
    this.ready.catch(() => {});
    this.child.on('message', (message: FromService) => {
      if (message.type === 'accepted') load.noteAccepted(message.key, message.job);
    });
  }

  send(message: ToService): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  async unsettled(): Promise<number> {
    this.send({ type: 'unsettled' });
    return (await this.hear('unsettled')).count;
  }

  async killWorkers(most: number): Promise<void> {
    this.send({ type: 'workers' });
    const { pids } = await this.hear('workers');
    for (const pid of pids.slice(0, most)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {} // gone already
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.gone;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.gone;
    if (this.child.exitCode !== 0) throw new Error(`the service ended with ${this.child.exitCode}`);
  }

  private hear<T extends FromService['type']>(type: T): Promise<Extract<FromService, { type: T }>> {
    return new Promise((resolve) => {
      const listen = (message: FromService) => {
        if (message.type !== type) return;
        this.child.off('message', listen);
        resolve(message as Extract<FromService, { type: T }>);
      };
      this.child.on('message', listen);
    });
  }
}

function failUnlessKilled(child: ChildProcess) {
  return () => {
    if (child.signalCode !== 'SIGKILL') throw new Error(`the service ended by itself: ${child.exitCode}`);
  };
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
