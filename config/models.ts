/** The models Darkroom knows by name: what their files are called, and how each is used when nobody says otherwise. */
import type * as z from 'zod';
import embedded from '../models/nano/geometry.json' with { type: 'json' };
import { embeddedDefaults, type modelDefaults } from './model-defaults.ts';

export type ModelDefaults = Readonly<z.infer<typeof modelDefaults>>;

/** The parts that a checkpoint may lack. */
export const PARTS_BESIDE = ['vae', 'clipL', 'clipG', 't5', 'taesd'] as const;
export type PartBeside = (typeof PARTS_BESIDE)[number];

/** File names to look for, the preferred first; where a diffusers folder or a sharded index is meant, its name. */
export interface ModelFileNames {
  readonly checkpoint: readonly string[];
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
  /**
   * Files that must be these: one that is named and not there is an error, an empty list means that the model is used
   * without that part. What is not named is looked for among everything that lies in the folders, by what files hold.
   */
  readonly named?: { readonly [P in PartBeside]?: readonly string[] };
  /** LoRA files that belong to it, by name, in the order in which they are applied; in `named` models only. */
  readonly loras?: readonly { readonly file: string; readonly strength: number }[];
  /** Nobody described it: made for a checkpoint that lies in the folders. */
  readonly found?: true;
  /** Part of Darkroom itself: all files lie in `models/nano`, and nothing is looked for elsewhere. */
  readonly embedded: boolean;
}

/** How ComfyUI's users call the parts; of several files that would fit these are preferred, in this order. */
export const USUAL_FILES: Readonly<Record<PartBeside, readonly string[]>> = {
  vae: ['sd3.5_vae.safetensors', 'sd3_vae.safetensors', 'sd35_vae.safetensors', 'sd3.5m_vae.safetensors'],
  clipL: ['clip_l.safetensors'],
  clipG: ['clip_g.safetensors'],
  t5: [
    't5xxl_fp16.safetensors',
    't5xxl_fp8_e4m3fn_scaled.safetensors',
    't5xxl_fp8_e4m3fn.safetensors',
    't5xxl_fp8_e5m2.safetensors',
    't5xxl.safetensors',
  ],
  taesd: ['taesd3_decoder.safetensors', 'taesd3.safetensors'],
};

const NANO_DEFAULTS = embeddedDefaults.parse(embedded.defaults);
const NANO_FILES = {
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
    },
    embedded: false,
  },
  {
    name: 'nano',
    title: 'Nano, the embedded model',
    role: 'final',
    licence: 'own',
    defaults: NANO_DEFAULTS.nano,
    files: { checkpoint: ['nano.safetensors'] },
    named: NANO_FILES,
    embedded: true,
  },
  {
    name: 'nano-turbo',
    title: 'Nano Turbo, the embedded model in four steps',
    role: 'draft',
    licence: 'own',
    defaults: NANO_DEFAULTS.nano_turbo,
    // The VAE is stored once, in nano's file.
    files: { checkpoint: ['nano-turbo.safetensors'] },
    named: { vae: ['nano.safetensors'], ...NANO_FILES },
    embedded: true,
  },
];

/**
 * What models of one kind are like that are no entry of their own: TensorArt's Medium made fast. Steps and guidance are
 * those of the example on its card, the shift that of its `scheduler/scheduler_config.json`
 * (huggingface.co/tensorart/stable-diffusion-3.5-medium-turbo, commit 25e4ccb). Its files, like Turbo's, differ from the
 * plain model's in numbers only, so that names must tell.
 */
const MEDIUM_TURBO: ModelEntry = {
  ...MODELS.find(({ name }) => name === 'medium')!,
  name: 'medium-turbo',
  title: 'Stable Diffusion 3.5 Medium Turbo',
  role: 'draft',
  defaults: {
    ...MODELS.find(({ name }) => name === 'medium')!.defaults,
    steps: 8,
    cfg: 1.5,
    sampler: 'euler',
    scheduler: 'simple',
    shift: 3,
  },
};

export type ModelKind = 'turbo' | 'large' | 'medium' | 'medium-turbo';

/** The entry whose defaults, role and licence apply to a kind of model. */
export function kindNamed(kind: ModelKind): ModelEntry {
  return kind === 'medium-turbo' ? MEDIUM_TURBO : MODELS.find(({ name }) => name === kind)!;
}

/** @param dual whether some blocks have a second attention, which only Medium has. @param path of the file */
export function kindOf(dual: boolean, path: string): ModelKind {
  const isFast = /turbo|lightning|hyper|flash/i.test(path.split(/[\\/]/).slice(-2).join('/'));
  return dual ? (isFast ? 'medium-turbo' : 'medium') : isFast ? 'turbo' : 'large';
}
