/** `models -- pull NAME`: what is missing for a model, fetched from the hub: room on the disk first, then file by file. */
import { mkdirSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '../../config/environment.ts';
import { bytesInWords, Fault } from '../../config/faults.ts';
import type { Settings } from '../../config/settings.ts';
import { openCatalogue } from '../catalogue.ts';
import type { Screen } from '../terminal/progress-bar.ts';
import { type DownloadWorld, download, sizeOfRest } from './download.ts';
import { type HubAddress, type HubFileInfo, hubAddress, lookUp } from './hub.ts';
import { HUB_FILES, type HubFile } from './hub-files.ts';

export interface PullWorld {
  readonly env: Environment;
  readonly fetch: typeof globalThis.fetch;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

interface Wanted {
  readonly file: HubFile;
  readonly to: string;
  readonly info: HubFileInfo;
}

/** @throws Fault pull.*, file.write_failed, cancelled */
export async function pullModel(
  name: string,
  settings: Settings,
  world: PullWorld,
  dryRun: boolean,
): Promise<void> {
  const missing = missingFiles(name, settings);
  if (missing.length === 0) {
    world.stdout.write(`${name}: nothing is missing.\n`);
    return;
  }
  const hub = hubAddress(world.env);
  const wanted: Wanted[] = [];
  for (const file of missing) {
    const info = await lookUp(hub, file.repository, file.path, world);
    wanted.push({ file, to: join(resolve(settings.modelsDir), file.to), info });
  }
  if (dryRun) {
    for (const { to, info } of wanted)
      world.stdout.write(`${info.url} -> ${to} (${bytesInWords(info.size)})\n`);
    return;
  }
  requireRoom(wanted, settings);
  for (const one of wanted) await fetchOne(one, hub, world);
  const lacks = settings.stabilityLicenseAccepted
    ? ''
    : ' Its licence must still be accepted: read https://stability.ai/license and set STABILITY_LICENSE_ACCEPTED=yes.';
  world.stdout.write(`${name} is complete.${lacks}\n`);
}

/** The files whose parts nothing here can stand in for; T5 as well, which models draw better with. */
function missingFiles(name: string, settings: Settings): HubFile[] {
  mkdirSync(settings.modelsDir, { recursive: true });
  const model = openCatalogue(settings).models.find(({ entry }) => entry.name === name);
  const all = HUB_FILES[name]!;
  if (model?.choice.checkpoint === undefined)
    return all.filter((file) => file.part === 'checkpoint' || !isHere(file.part, settings));
  const lacking = new Set<string>([...model.choice.missing.map(({ part }) => part), ...model.choice.without]);
  return all.filter(({ part }) => lacking.has(part));
}

/** Whether an encoder lies here by its usual name, for a model whose checkpoint is still to come. */
function isHere(part: HubFile['part'], settings: Settings): boolean {
  const { cards } = openCatalogue(settings);
  const roles: Record<string, readonly string[]> = {
    clipL: ['clip_l', 'clip'],
    clipG: ['clip_g', 'clip'],
    t5: ['t5xxl'],
  };
  const widths: Record<string, number> = { clipL: 768, clipG: 1280, t5: 4096 };
  return cards.some(
    ({ kind, parts }) =>
      kind === 'text_encoder' &&
      parts.some(
        (one) => roles[part]?.includes(one.role) && one.width === widths[part] && one.wrong === undefined,
      ),
  );
}

function requireRoom(wanted: readonly Wanted[], { modelsDir }: Settings): void {
  const needed = wanted.reduce((sum, { to, info }) => sum + sizeOfRest(to, info), 0);
  const { bavail, bsize } = statfsSync(resolve(modelsDir));
  const free = bavail * bsize;
  if (free < needed) throw new Fault('pull.no_room', { folder: resolve(modelsDir), needed, free });
}

async function fetchOne({ file, to, info }: Wanted, hub: HubAddress, world: PullWorld): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  const bar = progressLine(file.path, info.size, world);
  const tools: DownloadWorld = { ...world, wait: (ms) => wait(ms), hub };
  await download(info, to, tools, bar.show);
  bar.end();
  world.stdout.write(`${to} (${bytesInWords(info.size)})\n`);
}

const BAR = 24;

/** `[████░░░░] sd3.5_large.safetensors 4.2 of 16.5 GB · 38 MB/s · 5 min left` */
function progressLine(name: string, total: number, { stderr, now }: PullWorld) {
  let started: { at: number; done: number } | undefined;
  let told = -Infinity;
  return {
    show(done: number) {
      const at = now();
      started ??= { at, done };
      const seconds = (at - started.at) / 1000;
      if (at - told < (stderr.isTTY ? 200 : 10_000) && done < total) return;
      told = at;
      const rate = seconds > 0.5 ? (done - started.done) / seconds : undefined;
      const left = rate ? ` · ${bytesInWords(rate)}/s · ${duration((total - done) / rate)} left` : '';
      const filled = total === 0 ? BAR : Math.round((BAR * done) / total);
      const bar = stderr.isTTY ? `\r\u001b[K[${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}] ` : '';
      stderr.write(
        `${bar}${name} ${bytesInWords(done)} of ${bytesInWords(total)}${left}${stderr.isTTY ? '' : '\n'}`,
      );
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\u001b[K');
    },
  };
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
