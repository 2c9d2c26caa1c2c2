/** The service under attack: the real jobs, journal, store, disk and workers with the built-in model; a file as platform. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkerProcess } from '../../bot/devices/worker-process.ts';
import type { MessageRef } from '../../bot/jobs/job.ts';
import type { Observation } from '../../bot/jobs/observation.ts';
import type { Card } from '../../bot/messages/card.ts';
import type { Post, Surface } from '../../bot/messages/surface.ts';
import { openJobs } from '../../bot/open-jobs.ts';
import { diskOf } from '../../bot/store/disk.ts';
import { openJournal } from '../../bot/store/journal.ts';
import { PictureStore } from '../../bot/store/picture-store.ts';
import { type Clock, systemClock } from '../../bot/time/clock.ts';
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { nanoRequest } from '../bot/jobs/nano-request.ts';
import { type Died, FOLDERS, type FromService, type Posted, type ToService } from './protocol.ts';

const [folder = '.'] = process.argv.slice(2);
const data = path.join(folder, FOLDERS.data);
const posts = path.join(folder, FOLDERS.platform, 'posts.jsonl');
const deaths = path.join(folder, FOLDERS.platform, 'deaths.jsonl');

/** A platform that cannot edit: each call makes a new message, so that posting twice would show. */
const surface: Surface = {
  name: 'file',
  capabilities: () => ({
    previews: true,
    minimumGap: 30,
    calls: { count: 50, every: 1_000 },
  }),
  route: ({ place }) => place.channel,
  open: (post, card) => postOnce('open', post, card),
  edit: async () => {},
  finish: (post, card) => postOnce('finish', post, card),
  remove: async () => {},
  isModerator: async () => false,
};

/** The way there and the way back take time, and the service may die in both. */
async function postOnce(call: Posted['call'], post: Post, card: Card): Promise<readonly MessageRef[]> {
  await pause(Math.random() * 15);
  if (!post.mayAlreadyBePosted || !isPosted(call, post.job)) {
    const line: Posted = { job: post.job, call, state: card.state };
    appendFileSync(posts, `${JSON.stringify(line)}\n`);
  }
  await pause(Math.random() * 15);
  return [{ id: `${call}-${post.job}` }];
}

function isPosted(call: string, job: string): boolean {
  if (!existsSync(posts)) return false;
  const lines = readFileSync(posts, 'utf8').trim().split('\n');
  return lines.some((line) => {
    const posted = JSON.parse(line) as Posted;
    return posted.call === call && posted.job === job;
  });
}

function aChaosRequest(model: string): PictureRequest {
  const request = nanoRequest({ prompt: 'a red circle', seed: Math.floor(Math.random() * 1e6), steps: 4 });
  const { files } = request.model;
  const checkpoint = path.join(path.dirname(files.checkpoint), `${model}.safetensors`);
  return { ...request, model: { name: model, files: { ...files, checkpoint, vae: files.checkpoint } } };
}

/** How far somebody has set the wall clock; a restart sets it right. */
let ahead = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };

function observe(one: Observation): void {
  if (one.type !== 'worker_died') return;
  const line: Died = { job: one.job };
  appendFileSync(deaths, `${JSON.stringify(line)}\n`);
}

const journal = openJournal(path.join(data, 'journal.db'), clock);
const cacheFolder = path.join(folder, FOLDERS.graphs);
const { jobs, connect, drain } = openJobs({
  journal,
  store: new PictureStore(path.join(data, 'pictures')),
  disk: diskOf(data, { clock, observe }),
  devices: ['cpu:0', 'cpu:1', 'cpu:2'].map((name) => ({
    name,
    renderer: new WorkerProcess({ device: 'cpu', threads: 1, cacheFolder }),
  })),
  clock,
  observe,
  randomBytes,
  randomSeed: () => Math.floor(Math.random() * 1e6),
  resolve: async () => aChaosRequest('nano'),
  limits: {
    waiting: 1e6,
    waitingOfPerson: 1e6,
    personRate: { burst: 1e6, every: 1 },
    channelRate: { burst: 1e6, every: 1 },
  },
});

function say(message: FromService): void {
  process.send?.(message, undefined, {}, () => {});
}

async function submit({ key, person, model }: Extract<ToService, { type: 'submit' }>): Promise<void> {
  const by = { surface: 'file', id: person, name: person };
  const place = { surface: 'file', channel: 'chaos' };
  try {
    const job = await jobs.submit({ by, place, key }, { options: {}, request: aChaosRequest(model) });
    say({ type: 'accepted', key, job: job.id });
  } catch (error) {
    if (!(error instanceof Fault) || !error.code.startsWith('disk.')) throw error;
    say({ type: 'refused', key, sentence: error.message });
  }
}

function workers(): Extract<FromService, { type: 'workers' }>['workers'] {
  const running = journal.records.unsettled().filter(({ state }) => state === 'running');
  return jobs.deviceStatus().flatMap(({ pid, device }) => {
    const job = running.find((one) => one.device === device && one.pictures.length === 0);
    return pid === undefined ? [] : [{ pid, attempts: job?.attempts ?? 0 }];
  });
}

process.on('message', (message: ToService) => {
  switch (message.type) {
    case 'submit':
      void submit(message);
      break;
    case 'workers':
      say({ type: 'workers', workers: workers() });
      break;
    case 'unsettled':
      say({ type: 'unsettled', count: journal.records.unsettled().length });
      break;
    case 'clock':
      ahead += message.ahead;
      break;
    default:
      message satisfies never;
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => void drain().then(() => process.exit(0)));

await jobs.start();
connect(surface);
say({ type: 'ready' });
