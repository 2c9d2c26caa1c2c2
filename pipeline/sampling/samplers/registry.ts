/** Every sampler by its ComfyUI name. */
import type { SamplerName } from '../../../config/sampling.ts';
import { dpmpp2mCfgPp, dpmpp2sAncestralCfgPp, eulerAncestralCfgPp, eulerCfgPp } from './cfg-pp.ts';
import { ddpm } from './ddpm.ts';
import { dpm2, dpm2Ancestral } from './dpm-2.ts';
import { dpmAdaptive, dpmFast } from './dpm-solver.ts';
import { dpmpp2m } from './dpmpp-2m.ts';
import { dpmpp2sAncestral } from './dpmpp-2s-ancestral.ts';
import { dpmpp2mSde, dpmpp2mSdeHeun, dpmpp3mSde, dpmppSde } from './dpmpp-sde.ts';
import { erSde } from './er-sde.ts';
import { euler, heun } from './euler.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { gradientEstimation, gradientEstimationCfgPp } from './gradient-estimation.ts';
import { heunpp2 } from './heunpp2.ts';
import { lcm } from './lcm.ts';
import { deis, ipndm, ipndmV, lms } from './multistep.ts';
import {
  resMultistep,
  resMultistepAncestral,
  resMultistepAncestralCfgPp,
  resMultistepCfgPp,
} from './res-multistep.ts';
import { saSolver, saSolverPece } from './sa-solver.ts';
import type { Sampler } from './sampler.ts';
import { expHeun2X0, expHeun2X0Sde, seeds2, seeds3 } from './seeds.ts';
import { uniPc, uniPcBh2 } from './uni-pc.ts';

export const SAMPLERS: Readonly<Record<SamplerName, Sampler>> = {
  euler,
  euler_cfg_pp: eulerCfgPp,
  euler_ancestral: eulerAncestral,
  euler_ancestral_cfg_pp: eulerAncestralCfgPp,
  heun,
  heunpp2,
  exp_heun_2_x0: expHeun2X0,
  exp_heun_2_x0_sde: expHeun2X0Sde,
  dpm_2: dpm2,
  dpm_2_ancestral: dpm2Ancestral,
  lms,
  dpm_fast: dpmFast,
  dpm_adaptive: dpmAdaptive,
  dpmpp_2s_ancestral: dpmpp2sAncestral,
  dpmpp_2s_ancestral_cfg_pp: dpmpp2sAncestralCfgPp,
  dpmpp_2m: dpmpp2m,
  dpmpp_2m_cfg_pp: dpmpp2mCfgPp,
  dpmpp_sde: dpmppSde,
  dpmpp_2m_sde: dpmpp2mSde,
  dpmpp_2m_sde_heun: dpmpp2mSdeHeun,
  dpmpp_3m_sde: dpmpp3mSde,
  ipndm,
  ipndm_v: ipndmV,
  deis,
  // On a rectified flow ComfyUI's ddim is its euler.
  ddim: euler,
  ddpm,
  lcm,
  res_multistep: resMultistep,
  res_multistep_cfg_pp: resMultistepCfgPp,
  res_multistep_ancestral: resMultistepAncestral,
  res_multistep_ancestral_cfg_pp: resMultistepAncestralCfgPp,
  gradient_estimation: gradientEstimation,
  gradient_estimation_cfg_pp: gradientEstimationCfgPp,
  er_sde: erSde,
  seeds_2: seeds2,
  seeds_3: seeds3,
  sa_solver: saSolver,
  sa_solver_pece: saSolverPece,
  uni_pc: uniPc,
  uni_pc_bh2: uniPcBh2,
};
