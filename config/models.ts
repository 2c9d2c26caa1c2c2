/** The models Darkroom knows by name: what their files are called, and how each is used when nobody says otherwise. */
import type { z } from 'zod';
import embedded from '../models/nano/geometry.json' with { type: 'json' };
import { embeddedDefaults, type modelDefaults } from './model-defaults.ts';

export type ModelDefaults = Readonly<z.infer<typeof modelDefaults>>;

/** File names to look for, the preferred first; where a diffusers folder or a sharded index is meant, its name. */
export interface ModelFileNames {
  readonly checkpoint: readonly string[];
  /** Those of `checkpoint` that hold the text encoders, too; no others are looked for then. */
  readonly allInOne: readonly string[];
  readonly vae: readonly string[];
  readonly clipL: readonly string[];
  readonly clipG: readonly string[];
  readonly t5: readonly string[];
}

export interface ModelEntry {
  readonly name: string;
  readonly title: string;
  /** A draft is made in a few steps; `Finalize` makes it again on a final model. */
  readonly role: 'draft' | 'final';
  /** `stability`: loaded only after the operator accepted Stability AI's licence. */
  readonly licence: 'stability' | 'own';
  readonly defaults: ModelDefaults;
  readonly files: ModelFileNames;
  /** Part of Darkroom itself: all files lie in `models/nano`, and nothing is looked for elsewhere. */
  readonly embedded: boolean;
}

/** The encoders as ComfyUI's users have them; SD3.5 was trained with exactly these. */
export const ENCODER_FILES = {
  vae: ['sd3_vae.safetensors', 'sd3.5_vae.safetensors', 'sd35_vae.safetensors'],
  clipL: ['clip_l.safetensors'],
  clipG: ['clip_g.safetensors'],
  t5: [
    't5xxl_fp16.safetensors',
    't5xxl_fp8_e4m3fn_scaled.safetensors',
    't5xxl_fp8_e4m3fn.safetensors',
    't5xxl.safetensors',
  ],
} as const;

const NANO_DEFAULTS = embeddedDefaults.parse(embedded.defaults);
const NANO_FILES = {
  allInOne: [],
  clipL: ['clip_l.safetensors'],
  clipG: ['clip_g.safetensors'],
  t5: ['t5xxl.safetensors'],
} as const;

/**
 * In the order of preference: the first that is installed is used where no model is named.
 * Steps, guidance and sampler of Stability's models follow their model cards and reference code.
 */
export const MODELS: readonly ModelEntry[] = [
  {
    name: 'turbo',
    title: 'Stable Diffusion 3.5 Large Turbo',
    role: 'draft',
    licence: 'stability',
    defaults: {
      steps: 4,
      cfg: 1,
      sampler: 'euler',
      scheduler: 'simple',
      shift: 3,
      width: 1024,
      height: 1024,
    },
    files: {
      checkpoint: ['sd3.5_large_turbo.safetensors', 'sd3.5_large_turbo_fp8_scaled.safetensors'],
      allInOne: ['sd3.5_large_turbo_fp8_scaled.safetensors'],
      ...ENCODER_FILES,
    },
    embedded: false,
  },
  {
    name: 'large',
    title: 'Stable Diffusion 3.5 Large',
    role: 'final',
    licence: 'stability',
    defaults: {
      steps: 28,
      cfg: 4.5,
      sampler: 'dpmpp_2m',
      scheduler: 'sgm_uniform',
      shift: 3,
      width: 1024,
      height: 1024,
    },
    files: {
      checkpoint: ['sd3.5_large.safetensors', 'sd3.5_large_fp8_scaled.safetensors'],
      allInOne: ['sd3.5_large_fp8_scaled.safetensors'],
      ...ENCODER_FILES,
    },
    embedded: false,
  },
  {
    name: 'medium',
    title: 'Stable Diffusion 3.5 Medium',
    role: 'final',
    licence: 'stability',
    defaults: {
      steps: 40,
      cfg: 4.5,
      sampler: 'dpmpp_2m',
      scheduler: 'sgm_uniform',
      shift: 3,
      width: 1024,
      height: 1024,
    },
    files: {
      checkpoint: [
        'sd3.5_medium.safetensors',
        'sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors',
        'sd3.5_medium_fp8_scaled.safetensors',
      ],
      allInOne: ['sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors'],
      ...ENCODER_FILES,
    },
    embedded: false,
  },
  {
    name: 'nano',
    title: 'Nano, the embedded model',
    role: 'final',
    licence: 'own',
    defaults: NANO_DEFAULTS.nano,
    files: { checkpoint: ['nano.safetensors'], vae: [], ...NANO_FILES },
    embedded: true,
  },
  {
    name: 'nano-turbo',
    title: 'Nano Turbo, the embedded model in four steps',
    role: 'draft',
    licence: 'own',
    defaults: NANO_DEFAULTS.nano_turbo,
    // The VAE is stored once, in nano's file.
    files: { checkpoint: ['nano-turbo.safetensors'], vae: ['nano.safetensors'], ...NANO_FILES },
    embedded: true,
  },
];
