/** Every way Darkroom refuses or fails, by subject: a stable code, who is at fault, and the data of its sentence. */
import { ASKING } from './asking.ts';
import { DEVICES } from './devices.ts';
import type { Entry } from './entry.ts';
import { MODELS } from './models.ts';
import { RENDERING } from './rendering.ts';
import { SERVICE } from './service.ts';
import { WEIGHTS } from './weights.ts';

export const FAULTS = { ...ASKING, ...MODELS, ...WEIGHTS, ...RENDERING, ...DEVICES, ...SERVICE };

export type FaultCode = keyof typeof FAULTS;
export type FaultData<C extends FaultCode> = (typeof FAULTS)[C] extends Entry<infer D> ? D : never;
