/** A request to the built-in model, small and quick, for tests of what carries requests about. */
import { join } from 'node:path';
import type { PictureRequest } from '../../../pipeline/request.ts';

const folder = join(import.meta.dirname, '../../../models/nano');

export function nanoRequest(changes: Partial<PictureRequest> = {}): PictureRequest {
  return {
    id: 'a-request',
    model: {
      name: 'nano',
      files: {
        checkpoint: join(folder, 'nano.safetensors'),
        clipL: join(folder, 'clip_l.safetensors'),
        clipG: join(folder, 'clip_g.safetensors'),
        t5: join(folder, 't5xxl.safetensors'),
        tokenizers: folder,
        geometry: join(folder, 'geometry.json'),
      },
    },
    prompt: 'a red circle on a blue background',
    negative: '',
    width: 64,
    height: 64,
    seed: 1,
    steps: 2,
    cfg: 1,
    sampler: 'euler',
    scheduler: 'simple',
    shift: 3,
    count: 1,
    previews: false,
    keepTensors: false,
    ...changes,
  };
}
