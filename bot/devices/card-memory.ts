/** How much of a card's memory models may take: what the operator says, else what is free now less a reserve. */
import { GIB, RESERVE } from '../../pipeline/runtime/residency.ts';
import { askDriver } from './nvidia-driver.ts';

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
  const rows = await askDriver(['memory.free'], 'csv,noheader,nounits');
  return rows.map(([free]) => Number(free)).filter(Number.isFinite);
};
