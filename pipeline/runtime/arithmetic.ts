/** Which arithmetic and form of graph a network gets on a device: the one place where that is decided. */
import type { Precision } from '../../config/settings.ts';
import { type Compute, ON_PROCESSOR } from '../graph/compute.ts';
import type { DeviceName } from './devices.ts';

/** What a network is to a picture; the text encoders and the VAE lose too much in float16. */
export type Role = 'transformer' | 'text' | 'vae';

/** What was found out about a device by trying it (`self-test.ts`). */
export interface DeviceTraits {
  /** It takes float16 values and computes right numbers with them. */
  readonly float16: boolean;
  /** The runtime's own attention is right at the sizes that the networks have. */
  readonly fusedAttention: boolean;
  /** A norm may have another scale for each picture of a batch. */
  readonly broadcastsNorms: boolean;
}

/** float32 on a processor, as fast as it goes: weights widened and put in order at load. */
export const ROOMY: Compute = { ...ON_PROCESSOR, weights: 'direct' };

export const PROCESSOR_TRAITS: DeviceTraits = {
  float16: false,
  fusedAttention: true,
  broadcastsNorms: true,
};

export function computeFor(
  role: Role,
  device: DeviceName,
  precision: Precision,
  { float16, fusedAttention, broadcastsNorms }: DeviceTraits,
): Compute {
  if (device === 'cpu' && role !== 'vae' && precision === 'int8')
    return { ...ON_PROCESSOR, arithmetic: 'int8' };
  if (device === 'cpu')
    // No faster there than float32: for comparing. Folding costs nothing more, since the runtime widens it anyway.
    return role === 'transformer' && precision === 'float16'
      ? { ...ON_PROCESSOR, arithmetic: 'float16', weights: 'direct' }
      : ON_PROCESSOR;
  const isHalf = role === 'transformer' && float16 && precision !== 'float32';
  return {
    arithmetic: isHalf ? 'float16' : 'float32',
    // CUDA has the operators; elsewhere everything is converted at load. The VAE is small.
    weights: device.startsWith('cuda') && role !== 'vae' ? 'gathered' : 'direct',
    attention: fusedAttention ? 'fused' : 'written',
    normScale: broadcastsNorms ? 'inside' : 'outside',
  };
}
