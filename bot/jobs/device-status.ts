/** What is told of a device to lists, metrics and the page. */
import type { Holding } from '../../pipeline/runtime/holdings.ts';
import type { Device } from '../devices/device.ts';

export interface DeviceStatus {
  readonly device: string;
  /** `away`: on another machine that is out of reach. */
  readonly state: 'idle' | 'busy' | 'resting' | 'away';
  /** The checkpoint it holds. */
  readonly resident?: string;
  readonly pid?: number;
  /** What it holds of its device's memory. */
  readonly holding?: Holding;
}

export function statusOf(device: Device): DeviceStatus {
  return {
    device: device.device,
    state: stateOf(device),
    ...(device.resident === undefined ? {} : { resident: device.resident }),
    ...(device.pid === undefined ? {} : { pid: device.pid }),
    ...(device.holding === undefined ? {} : { holding: device.holding }),
  };
}

function stateOf(device: Device): DeviceStatus['state'] {
  if (device.isBusy) return 'busy';
  if (!device.isReachable) return 'away';
  return device.rest > 0 ? 'resting' : 'idle';
}
