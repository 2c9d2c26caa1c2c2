/** Which devices serve: those asked for, each tried first, or by itself the best kind that works (cuda, webgpu, cpu). */
import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../config/faults.ts';
import { isProcessor } from '../../config/settings.ts';
import { forkOptions } from './fork-options.ts';

/** Why a device cannot be used, in a few words; nothing when it can. */
export type Probe = (device: string) => Promise<string | undefined>;

const PROBE_ENTRY = import.meta.url.endsWith('.ts') ? '../../pipeline/probe.ts' : '../../pipeline/probe.js';
const MOST_GPUS = 16;

/**
 * @param wanted names from the settings or a flag
 * @param option what the person wrote them under
 * @throws Fault `device.unusable` for a named device that does not work here
 */
export async function chooseDevices(
  wanted: 'auto' | readonly string[],
  option: string,
  probe: Probe = probeDevice,
): Promise<readonly string[]> {
  if (wanted === 'auto') return bestDevices(probe);
  for (const device of new Set(wanted)) {
    const reason = isProcessor(device) ? undefined : await probe(device);
    if (reason !== undefined) throw new Fault('device.unusable', { option, device, reason });
  }
  return wanted;
}

async function bestDevices(probe: Probe): Promise<string[]> {
  const gpus: string[] = [];
  while (gpus.length < MOST_GPUS && (await probe(`cuda:${gpus.length}`)) === undefined)
    gpus.push(`cuda:${gpus.length}`);
  if (gpus.length > 0) return gpus;
  return (await probe('webgpu')) === undefined ? ['webgpu'] : ['cpu'];
}

/** Tries the device in a process of its own, unless it is plain that it is not there. */
export const probeDevice: Probe = async (device) => {
  const missing = device.startsWith('cuda')
    ? missingCuda()
    : device === 'webgpu'
      ? missingGraphics()
      : undefined;
  if (missing !== undefined) return missing;
  const entry = fileURLToPath(import.meta.resolve(PROBE_ENTRY));
  const child = fork(entry, [device], {
    ...forkOptions(entry),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve) => {
    child.once('message', (message) => resolve((message as { reason?: string }).reason));
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`trying it ended with ${signal ?? `exit code ${code}`}`));
  });
};

function missingCuda(): string | undefined {
  const runtime = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const library = `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`;
  const installed = existsSync(path.join(runtime, library));
  return installed ? undefined : 'its libraries are not installed (npm run setup:gpu installs them)';
}

/** Dawn finds a GPU through Vulkan, and that through the kernel's render nodes. */
function missingGraphics(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const nodes = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  return nodes.some((name) => name.startsWith('renderD'))
    ? undefined
    : 'there is no graphics device in /dev/dri';
}
