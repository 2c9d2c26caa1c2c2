/** Which devices serve: those asked for, each tried first, or by itself the best kind that works (cuda, webgpu, cpu). */
import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';
import { isProcessor } from '../../config/settings.ts';
import type { DeviceReport } from '../../pipeline/runtime/self-test.ts';
import { forkOptions } from './fork-options.ts';
import { programOf } from './programs.ts';
import { missingCuda, refusal } from './refusals.ts';

/**
 * Why a device cannot be used, in a few words; nothing when it can.
 * @param named somebody asked for it: it is tried even where nothing says that it is there
 */
export type Probe = (device: string, named: boolean) => Promise<string | undefined>;

/** A device that was looked at and is not used, and why. */
export interface Refused {
  readonly device: string;
  readonly reason: string;
}

export interface Choice {
  readonly devices: readonly string[];
  /** What `auto` would have preferred. */
  readonly refused: readonly Refused[];
}

const MOST_GPUS = 16;
/** Characters of what a trying process says that are kept. */
const HEARD = 8_000;

/**
 * @param wanted names from the settings or a flag
 * @param option what the person wrote them under
 * @throws Fault `device.unusable` for a named device that does not work here
 */
export async function chooseDevices(
  wanted: 'auto' | readonly string[],
  option: string,
  probe: Probe = probeDevice,
): Promise<Choice> {
  if (wanted === 'auto') return bestDevices(probe);
  for (const device of new Set(wanted)) {
    const reason = isProcessor(device) ? undefined : await probe(device, true);
    if (reason !== undefined) throw new Fault('device.unusable', { option, device, reason });
  }
  return { devices: wanted, refused: [] };
}

async function bestDevices(probe: Probe): Promise<Choice> {
  const gpus: string[] = [];
  const refused: Refused[] = [];
  const works = async (device: string) => {
    const reason = await probe(device, false);
    if (reason !== undefined) refused.push({ device, reason });
    return reason === undefined;
  };
  while (gpus.length < MOST_GPUS && (await works(`cuda:${gpus.length}`))) gpus.push(`cuda:${gpus.length}`);
  // That there is no further card is no news.
  if (gpus.length > 0) return { devices: gpus, refused: [] };
  const best = (await works('webgpu')) ? 'webgpu' : 'cpu';
  return { devices: [best], refused };
}

export const probeDevice: Probe = async (device, named) => {
  const report = await lookAt(device, named);
  return 'reason' in report ? report.reason : undefined;
};

/** Tries the device in a process of its own, unless it is plain that it is not there. */
export async function lookAt(device: string, named: boolean): Promise<DeviceReport> {
  const missing = device.startsWith('cuda')
    ? missingCuda()
    : device === 'webgpu' && !named
      ? missingGraphics()
      : undefined;
  if (missing !== undefined) return { reason: missing };
  const entry = programOf('pipeline/probe');
  const child = fork(entry, [device], { ...forkOptions(entry), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let heard = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    heard = (heard + text).slice(-HEARD);
  });
  const report = await new Promise<DeviceReport>((resolve) => {
    let said: DeviceReport | undefined;
    child.once('message', (message) => {
      said = message as DeviceReport;
    });
    child.once('error', (error) => resolve({ reason: error.message }));
    // Once its standard error is read to the end, too.
    child.once('close', (code, signal) =>
      resolve(said ?? { reason: `trying it ended with ${signal ?? `exit code ${code}`}` }),
    );
  });
  return 'reason' in report ? { reason: refusal(report.reason, heard) } : report;
}

/** Dawn finds a GPU through Vulkan, and that through the kernel's render nodes. */
function missingGraphics(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const nodes = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  return nodes.some((name) => name.startsWith('renderD'))
    ? undefined
    : 'there is no graphics device in /dev/dri';
}
