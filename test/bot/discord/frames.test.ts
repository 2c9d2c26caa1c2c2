/**
 * A picture's way from a Discord `/imagine` to onnxruntime's `session.run`, counted as it is gone: real discord.js at a
 * stand-in for Discord, the whole service, its worker process, the built-in model. `causes.ts` says what counts: every
 * function of ours that stands on the stack, across every `await` and the queue, or whose call is still waited for, each
 * once, and the files that these are in. It begins where discord.js hands over the event; before that lies the net under
 * its packets. It is cut in one place, where one process tells the other, and goes on where
 * the worker hears of it.
 */
import childProcess from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '../../../bot/compose.ts';
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { openLog } from '../../../bot/ops/log.ts';
import { systemNetwork } from '../../../bot/safety/network.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { readSettings } from '../../../config/settings.ts';
import { FORWARD } from '../../architecture/readme-path.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { aStandin, isFinal, untilAnswered } from './a-discord.ts';
import { type Frame, noteCauses } from './causes.ts';

/** Milliseconds; everything that begins is noted with its stack, and the machine may be busy. */
const LONGEST = 600_000;

/** Tells what led to a request's being sent to a worker process. */
function watchSending(causes: () => Frame[]): { frames: Frame[] } {
  const seen: { frames: Frame[] } = { frames: [] };
  const { fork } = childProcess;
  childProcess.fork = ((...given: Parameters<typeof fork>) => {
    const child = fork(...given);
    const send = child.send.bind(child) as (...given: unknown[]) => boolean;
    child.send = ((...message: unknown[]) => {
      const { type, request } = message[0] as { type?: string; request?: { id: string } };
      if (type === 'render' && request?.id !== 'warm-up') seen.frames = causes();
      return send(...message);
    }) as typeof child.send;
    return child;
  }) as typeof fork;
  syncBuiltinESMExports();
  onTestFinished(() => {
    childProcess.fork = fork;
    syncBuiltinESMExports();
  });
  return seen;
}

test(
  'from a Discord /imagine to session.run: at most 20 functions in at most 14 files',
  async () => {
    const standin = await aStandin();
    const folder = aFolder();
    let causes = (): Frame[] => [];
    const warned: string[] = [];
    const write = (line: string) => void warned.push(line);
    const sending = watchSending(() => causes());
    const service = await startService(
      readSettings({
        DISCORD_TOKEN: standin.token,
        DISCORD_API_URL: standin.apiUrl,
        DATA_DIR: path.join(folder, 'data'),
        MODELS_DIR: folder,
        DEVICES: 'cpu',
        PORT: '0',
      }),
      {
        clock: systemClock,
        network: systemNetwork,
        log: openLog({ level: 'warn', now: () => 0, write, plain: true, secrets: [] }),
        randomBytes,
        randomSeed: () => 7,
        newId: randomUUID,
        openWorker: (device, cacheFolder) =>
          new WorkerProcess({
            device,
            cacheFolder,
            entry: path.join(import.meta.dirname, 'traced-worker.ts'),
          }),
      },
    );
    onTestFinished(() => service.end());
    await standin.world.until(() => standin.world.commands.length > 0);
    causes = noteCauses();
    const anna = standin.person('Anna');
    await untilAnswered(standin, () => anna.slash('imagine', { prompt: 'a red circle', steps: 2 }));
    const isThere = () => standin.world.messages.some(isFinal);
    await standin.world.until(isThere, LONGEST).catch((cause: unknown) => {
      throw new Error(`no picture came; the service said: ${warned.join('')}`, { cause });
    });

    const inService = sending.frames.slice(sending.frames.findIndex(({ file }) => file === FORWARD[0]));
    const inWorker = JSON.parse(readFileSync(path.join(folder, 'data', 'frames.json'), 'utf8')) as Frame[];
    const frames = [...inService, ...inWorker];
    const entered = frames.map(({ file }) => file).filter((file, i, all) => file !== all[i - 1]);
    // The README's path, in its order; each file once: none is left and entered again.
    expect(entered).toEqual(FORWARD);
    expect(frames.length, frames.map(({ file, name }) => `${file} ${name}`).join('\n')).toBeLessThanOrEqual(
      20,
    );
    expect(entered.length).toBeLessThanOrEqual(14);
  },
  2 * LONGEST,
);
