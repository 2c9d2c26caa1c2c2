/** Jobs, requests and people for tests. */
import type { Job, Person, Place, StoredRequest } from '../../../bot/jobs/job.ts';
import type { PictureRequest } from '../../../pipeline/request.ts';

export const ANNA: Person = { surface: 'web', id: 'anna', name: 'Anna' };
export const BRUNO: Person = { surface: 'web', id: 'bruno', name: 'Bruno' };
export const STUDIO: Place = { surface: 'web', channel: 'studio' };

export function aStoredRequest(change: Partial<StoredRequest> = {}): StoredRequest {
  return {
    model: { name: 'nano', files: { checkpoint: '/models/nano.safetensors', tokenizers: '/models' } },
    prompt: 'a red boat',
    negative: '',
    width: 64,
    height: 64,
    seed: 42,
    steps: 4,
    cfg: 3,
    sampler: 'euler',
    scheduler: 'simple',
    shift: 3,
    count: 1,
    previews: true,
    keepTensors: false,
    ...change,
  };
}

export function aRequest(change: Partial<PictureRequest> = {}): PictureRequest {
  const { init: _, control: __, workflow: ___, ...request } = aStoredRequest();
  return { id: '', ...request, ...change };
}

/** A request for a model file of that name. */
export function aRequestFor(model: string): PictureRequest {
  return aRequest({
    model: { name: model, files: { checkpoint: `/models/${model}`, tokenizers: '/models' } },
  });
}

export function aJob(id: string, change: Partial<Job> = {}): Job {
  return {
    id,
    state: 'queued',
    delivery: 'none',
    by: ANNA,
    place: STUDIO,
    messages: [],
    asked: { options: { prompt: 'a red boat' }, request: aStoredRequest() },
    attempts: 0,
    pictures: [],
    createdAt: 1_000,
    ...change,
  };
}

export const TIMINGS = {
  load_ms: 0,
  encode_ms: 2,
  sample_ms: 40,
  step_ms: [10, 10, 10, 10],
  decode_ms: 5,
  total_ms: 47,
};
