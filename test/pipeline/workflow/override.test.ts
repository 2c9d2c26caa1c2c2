import { describe, expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { describeGraph } from '../../../pipeline/workflow/describe-graph.ts';
import { plainGraph } from '../../../pipeline/workflow/graph.ts';
import { type Overrides, override } from '../../../pipeline/workflow/override.ts';
import { plainWorkflow, read } from './graphs.ts';

const label = (name: string) => `--${name}`;
const withFlags = (given: Overrides, workflow: unknown = plainWorkflow()) =>
  plainGraph(override(read(workflow), given, label));

/** Two samplers, one behind the other. */
function twoPasses() {
  const workflow = plainWorkflow();
  workflow['8'] = {
    class_type: 'KSampler',
    inputs: { ...workflow['5']!.inputs, latent_image: ['5', 0], steps: 4 },
  };
  workflow['6'] = { ...workflow['6']!, inputs: { samples: ['8', 0], vae: ['1', 2] } };
  return workflow;
}

describe('a flag beside a workflow', () => {
  test('takes the place of the one value that it can mean', () => {
    const changed = withFlags({
      prompt: 'two cats',
      negative: 'dogs',
      seed: 7,
      steps: 9,
      cfg: 2,
      sampler: 'dpmpp_2m',
      scheduler: 'karras',
      strength: 0.5,
      size: { width: 64, height: 96 },
      count: 2,
      checkpoint: 'other.safetensors',
    });
    expect(changed['2']!.inputs.text).toBe('two cats');
    expect(changed['3']!.inputs.text).toBe('dogs');
    expect(changed['5']!.inputs).toMatchObject({
      seed: 7,
      steps: 9,
      cfg: 2,
      sampler_name: 'dpmpp_2m',
      scheduler: 'karras',
      denoise: 0.5,
    });
    expect(changed['4']!.inputs).toEqual({ width: 64, height: 96, batch_size: 2 });
    expect(changed['1']!.inputs.ckpt_name).toBe('other.safetensors');
  });

  test('that no node or more than one can be meant by is refused, with their names', () => {
    expect(() => withFlags({ shift: 2 })).toThrow('No node of this workflow takes --shift');
    expect(() => withFlags({ steps: 9 }, twoPasses())).toThrow(
      '--steps could mean any of 2 nodes of the workflow (KSampler 8, KSampler 5)',
    );
    expect(() => withFlags({ seed: 9 }, twoPasses())).toThrow(Fault);
    expect(withFlags({ prompt: 'two cats' }, twoPasses())['2']!.inputs.text).toBe('two cats');
  });

  test('passes by what has no part in the pictures', () => {
    const workflow = plainWorkflow();
    workflow['20'] = { class_type: 'KSampler', inputs: workflow['5']!.inputs };
    expect(withFlags({ seed: 9 }, workflow)['5']!.inputs.seed).toBe(9);
  });

  test('is not the negative where it is the positive one without its words', () => {
    const workflow = plainWorkflow();
    workflow['3'] = { class_type: 'ConditioningZeroOut', inputs: { conditioning: ['2', 0] } };
    expect(withFlags({ prompt: 'two cats' }, workflow)['2']!.inputs.text).toBe('two cats');
    expect(() => withFlags({ negative: 'dogs' }, workflow)).toThrow(
      'No node of this workflow takes --negative',
    );
  });
});

test('a workflow is described by its last sampling', () => {
  expect(describeGraph(read(twoPasses()))).toMatchObject({
    prompt: 'a red fox',
    negative: 'blurry',
    steps: 4,
    seed: 42,
    width: 512,
    checkpoint: 'sd3.5_medium.safetensors',
  });
});
