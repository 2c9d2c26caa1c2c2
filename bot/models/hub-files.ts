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

/** Stability's own repositories: each holds the encoders that its model was made with, under the same licence. */
function filesOf(repository: string, checkpoint: string): readonly HubFile[] {
  const file = (part: HubFile['part'], path: string, to = path): HubFile => ({
    part,
    repository: `stabilityai/${repository}`,
    path,
    to,
  });
  return [
    file('checkpoint', checkpoint, `checkpoints/${checkpoint}`),
    file('clipL', 'text_encoders/clip_l.safetensors'),
    file('clipG', 'text_encoders/clip_g.safetensors'),
    file('t5', 'text_encoders/t5xxl_fp16.safetensors'),
  ];
}

export const HUB_FILES: Readonly<Record<string, readonly HubFile[]>> = {
  turbo: filesOf('stable-diffusion-3.5-large-turbo', 'sd3.5_large_turbo.safetensors'),
  large: filesOf('stable-diffusion-3.5-large', 'sd3.5_large.safetensors'),
  medium: filesOf('stable-diffusion-3.5-medium', 'sd3.5_medium.safetensors'),
};

export const PULLABLE: readonly string[] = Object.keys(HUB_FILES);
