/** Every sampler by its ComfyUI name. */
import type { SamplerName } from '../../../config/sampling.ts';
import { dpm2, dpm2Ancestral } from './dpm-2.ts';
import { dpmpp2m } from './dpmpp-2m.ts';
import { dpmpp2sAncestral } from './dpmpp-2s-ancestral.ts';
import { dpmpp2mSde, dpmpp3mSde, dpmppSde } from './dpmpp-sde.ts';
import { euler, heun } from './euler.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { lcm } from './lcm.ts';
import { deis, ipndm, lms } from './multistep.ts';
import { resMultistep } from './res-multistep.ts';
import type { Sampler } from './sampler.ts';
import { uniPc } from './uni-pc.ts';

export const SAMPLERS: Readonly<Record<SamplerName, Sampler>> = {
  euler,
  euler_ancestral: eulerAncestral,
  heun,
  dpm_2: dpm2,
  dpm_2_ancestral: dpm2Ancestral,
  lms,
  dpmpp_2s_ancestral: dpmpp2sAncestral,
  dpmpp_2m: dpmpp2m,
  dpmpp_sde: dpmppSde,
  dpmpp_2m_sde: dpmpp2mSde,
  dpmpp_3m_sde: dpmpp3mSde,
  ipndm,
  deis,
  // On a rectified flow ComfyUI's ddim is its euler.
  ddim: euler,
  lcm,
  res_multistep: resMultistep,
  uni_pc: uniPc,
};
