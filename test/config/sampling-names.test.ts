import { expect, test } from 'vitest';
import { promptNotes } from '../../bot/messages/prompt-notes.ts';
import { SAMPLER_NAMES, SCHEDULER_NAMES } from '../../config/sampling.ts';
import {
  A1111_SAMPLERS,
  A1111_SCHEDULERS,
  readSamplerName,
  readSchedulerName,
} from '../../config/sampling-names.ts';

test('ComfyUI’s names, and what our own pictures carry, are read back', () => {
  for (const name of SAMPLER_NAMES) {
    expect(readSamplerName(name)).toEqual({ sampler: name });
    expect(readSamplerName(A1111_SAMPLERS[name] ?? name)?.sampler).toBe(name);
  }
  for (const name of SCHEDULER_NAMES) {
    expect(readSchedulerName(name)).toBe(name);
    expect(readSchedulerName(A1111_SCHEDULERS[name] ?? name)).toBe(name);
  }
});

test.each([
  ['DPM++ 2M SGM Uniform', { sampler: 'dpmpp_2m', scheduler: 'sgm_uniform' }],
  ['DPM++ 2M Karras', { sampler: 'dpmpp_2m', scheduler: 'karras' }],
  ['euler a', { sampler: 'euler_ancestral' }],
  ['DPM++ SDE', { sampler: 'dpmpp_sde' }],
  ['DPM++ 2M SDE Exponential', { sampler: 'dpmpp_2m_sde', scheduler: 'exponential' }],
  ['Euler Beta', { sampler: 'euler', scheduler: 'beta' }],
  ['DDIM', { sampler: 'ddim' }],
  ['Magic', undefined],
  ['Karras', undefined],
])('%s', (text, choice) => {
  expect(readSamplerName(text)).toEqual(choice);
});

test.each([
  ['a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7', ['infotext']],
  ['a cat Negative prompt: dogs', ['infotext']],
  ['a cat, embedding:easynegative', ['embedding']],
  ['(embedding:bad_hands.pt:1.2)', ['embedding']],
  ['a cat,embedding:easynegative', []],
  ['Embedding:stones', []],
  ['the steps: 20 of them lead up, embedding flowers', []],
])('%j has the notes %j', (prompt, notes) => {
  expect(promptNotes({ prompt, negative: '' })).toEqual(notes);
});
