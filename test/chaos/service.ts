/** The service under attack: the real desk, journal, store and worker hosts; fake workers, and a file as platform. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkerProcess } from '../../bot/devices/worker-process.ts';
import type { MessageRef } from '../../bot/jobs/job.ts';
import { Jobs } from '../../bot/jobs/jobs.ts';
import type { Card } from '../../bot/messages/card.ts';
import type { Post, Surface } from '../../bot/messages/surface.ts';
import { Journal } from '../../bot/store/journal.ts';
import { PictureStore } from '../../bot/store/picture-store.ts';
import { systemClock } from '../../bot/time/clock.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { aRequestFor } from '../bot/jobs/a-job.ts';
import type { FromService, Posted, ToService } from './protocol.ts';

const [folder = '.'] = process.argv.slice(2);
const posts = path.join(folder, 'posts.jsonl');

/** A platform that cannot edit: each call makes a new message, so that posting twice would show. */
const surface: Surface = {
  name: 'file',
  capabilities: () => ({
    previews: true,
    privateReplies: true,
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
  return { ...aRequestFor(model), prompt: 'chaos', seed: Math.floor(Math.random() * 1e6) };
}

const journal = new Journal(path.join(folder, 'journal.db'), systemClock);
const entry = path.join(import.meta.dirname, 'fake-worker.mjs');
const jobs = new Jobs({
  journal,
  store: new PictureStore(path.join(folder, 'pictures')),
  devices: ['cpu', 'cuda:0'].map((name) => ({ name, renderer: new WorkerProcess({ device: name, entry }) })),
  clock: systemClock,
  randomBytes,
  randomSeed: () => Math.floor(Math.random() * 1e6),
  resolve: async () => aChaosRequest('large'),
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
  const job = await jobs.submit({ by, place, key, options: {}, request: aChaosRequest(model) });
  say({ type: 'accepted', key, job: job.id });
}

process.on('message', (message: ToService) => {
  if (message.type === 'submit') void submit(message);
  else if (message.type === 'workers') {
    say({ type: 'workers', pids: jobs.deviceStatus().flatMap(({ pid }) => pid ?? []) });
  } else say({ type: 'unsettled', count: journal.unsettled().length });
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => void jobs.drain().then(() => process.exit(0)));

await jobs.start();
jobs.connect(surface);
say({ type: 'ready' });
