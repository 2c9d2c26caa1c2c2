/** Which files of which repositories on the Hugging Face hub make up each model that `pull` gets, and where each is put. */
import type { PartBeside } from '../../config/models.ts';

export interface HubFile {
  readonly part: PartBeside | 'checkpoint';
  /** `OWNER/NAME` */
  readonly repository: string;
  /** In the repository. */
  readonly path: string;
  /** Below MODELS_DIR, sorted as ComfyUI sorts. */
  readonly to: string;
}

/** Anybody may fetch these; the bytes are those of Stability's own repositories. */
const ENCODERS = 'Comfy-Org/stable-diffusion-3.5-fp8';
const encoder = (part: PartBeside, name: string): HubFile => ({
  part,
  repository: ENCODERS,
  path: `text_encoders/${name}`,
  to: `text_encoders/${name}`,
});

const SHARED: readonly HubFile[] = [
  encoder('clipL', 'clip_l.safetensors'),
  encoder('clipG', 'clip_g.safetensors'),
  encoder('t5', 't5xxl_fp16.safetensors'),
];

const checkpoint = (repository: string, name: string): HubFile => ({
  part: 'checkpoint',
  repository: `stabilityai/${repository}`,
  path: name,
  to: `checkpoints/${name}`,
});

export const HUB_FILES: Readonly<Record<string, readonly HubFile[]>> = {
  turbo: [checkpoint('stable-diffusion-3.5-large-turbo', 'sd3.5_large_turbo.safetensors'), ...SHARED],
  large: [checkpoint('stable-diffusion-3.5-large', 'sd3.5_large.safetensors'), ...SHARED],
  medium: [checkpoint('stable-diffusion-3.5-medium', 'sd3.5_medium.safetensors'), ...SHARED],
};

export const PULLABLE: readonly string[] = Object.keys(HUB_FILES);
