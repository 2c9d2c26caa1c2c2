/** Devices that networks can run on: their names, and what onnxruntime is told for each. */

import { Fault } from '../../config/faults.ts';
import { DEVICE_ALLOWED, isDeviceName, isProcessor } from '../../config/settings.ts';
import type { NativeOptions } from './onnxruntime.ts';

export type DeviceName = 'cpu' | 'webgpu' | 'dml' | 'coreml' | `cuda:${number}`;

/** What a device's name means for a worker: `cpu:1` is a worker's name, its device the processor. @throws Fault `option.value` naming the option. */
export function parseDevice(option: string, value: string): DeviceName {
  if (!isDeviceName(value)) throw new Fault('option.value', { option, value, allowed: DEVICE_ALLOWED });
  return isProcessor(value) ? 'cpu' : (value as DeviceName);
}

export function executionProviders(device: DeviceName): NonNullable<NativeOptions['executionProviders']> {
  if (device.startsWith('cuda:')) return [{ name: 'cuda', deviceId: Number(device.slice('cuda:'.length)) }];
  return [device as Exclude<DeviceName, `cuda:${number}`>];
}
