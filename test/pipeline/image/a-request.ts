/** A checked request for tests to vary. */
import type { PictureRequest } from '../../../pipeline/request.ts';

export function aRequest(changes: Partial<PictureRequest> = {}): PictureRequest {
  return {
    id: 'r1',
    model: {
      name: 'large',
      files: { checkpoint: '/m/sd3.5_large.safetensors', tokenizers: '/m/tokenizers' },
    },
    prompt: 'a red fox',
    negative: '',
    width: 1024,
    height: 768,
    seed: 42,
    steps: 28,
    cfg: 4.5,
    sampler: 'dpmpp_2m',
    scheduler: 'sgm_uniform',
    shift: 3,
    count: 1,
    previews: false,
    keepTensors: false,
    ...changes,
  };
}
