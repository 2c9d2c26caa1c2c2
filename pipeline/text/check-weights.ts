/** Weights of a prompt that no arithmetic of ours can carry, found before anything is rendered. */
import { Fault } from '../../config/faults.ts';
import { parsePromptWeights } from './prompt-weights.ts';

/** An encoding's features are some hundred at most: times this they are still float32 numbers. */
const LARGEST = 1e35;

/** @throws Fault `prompt.weight` for `(fox:1e300)`, `(fox:nan)`, and parentheses nested a thousand deep */
export function checkPromptWeights(words: string): void {
  for (const { weight } of parsePromptWeights(words)) {
    if (!(Math.abs(weight) <= LARGEST)) throw new Fault('prompt.weight', { weight });
  }
}
