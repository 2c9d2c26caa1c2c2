/** How much of a card's memory models may take: what the operator says, else what is free now less a reserve. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GIB, RESERVE } from '../../pipeline/runtime/residency.ts';

/** Free MiB of each NVIDIA card, by the driver's own tool. */
export type FreeMemory = () => Promise<readonly number[]>;

/**
 * Bytes; undefined where nothing is known or to be reckoned with (the processor, a card of unknown size).
 * @param gpuMemory GiB, from the settings
 */
export async function budgetOf(
  device: string,
  gpuMemory: number | undefined,
  free: FreeMemory = freeMemory,
): Promise<number | undefined> {
  if (device.startsWith('cpu')) return undefined;
  if (gpuMemory !== undefined) return Math.round(gpuMemory * GIB);
  if (!device.startsWith('cuda:')) return undefined;
  const megabytes = (await free())[Number(device.slice('cuda:'.length))];
  if (megabytes === undefined) return undefined;
  return Math.max(0, megabytes * 2 ** 20 - RESERVE);
}

const freeMemory: FreeMemory = async () => {
  try {
    const query = ['--query-gpu=memory.free', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
    return stdout
      .trim()
      .split('\n')
      .map((line) => Number(line.trim()))
      .filter(Number.isFinite);
  } catch {
    return [];
  }
};
