/** What goes wrong with devices: their libraries, their memory. */
import { failure, operators } from './entry.ts';
import { bytesInWords } from './in-words.ts';

export const DEVICES = {
  /** All in bytes: what the weights take, what a small picture needs besides, and what models may take on the card. */
  'device.too_small': failure<{ device: string; weights: number; working: number; budget: number }>(
    ({ weights, working, budget }, language) => ({
      weights: bytesInWords(weights, language),
      working: bytesInWords(working, language),
      sum: bytesInWords(weights + working, language),
      budget: bytesInWords(budget, language),
    }),
  ),
  /** `held` and `budget` in bytes. */
  'device.memory': failure<{ device: string; width: number; height: number; held: number; budget: number }>(
    ({ held, budget }, language) => ({
      held: bytesInWords(held, language),
      budget: bytesInWords(budget, language),
    }),
  ),
  'device.none_draws': failure<{ model: string }>(),
  /** A ComfyUI server refused a workflow, or failed while it ran one; its own words go to the log. */
  'comfyui.refused': failure<{ device: string }>(),
  'comfyui.failed': failure<{ device: string }>(),
  'comfyui.interrupted': failure<{ device: string }>(),
  /** `what`: what it sent, in a few words. */
  'comfyui.answer': failure<{ device: string; what: string }>(),
  'gpu.platform': operators.input<{ platform: string }>(),
  'gpu.index': operators.failure<{ index: string; name: string; problem: string }>(),
  'gpu.wheel': operators.failure<{ file: string; problem: string }>(),
  'gpu.unknown_library': operators.failure<{ library: string }>(),
};
