/** What cannot be computed is refused when it is asked for, not when its turn comes. */
import type { Numbers } from '../commands/read-imagine.ts';
import { rehearse } from '../pipeline/sampling/rehearse.ts';
import { checkPromptWeights } from '../pipeline/text/check-weights.ts';

/** @throws Fault `sampling.impossible`, `prompt.weight` */
export async function checkNumbers(request: Numbers): Promise<void> {
  const { prompt, negative, sampler, scheduler, steps, shift, strength } = request;
  checkPromptWeights(prompt);
  checkPromptWeights(negative);
  await rehearse({ sampler, scheduler, steps, shift, ...(strength !== undefined && { denoise: strength }) });
}
