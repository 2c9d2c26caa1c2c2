/** What goes wrong while a picture is made: numbers, workflows, devices, workers. */
import { type Entry, failure, input } from './entry.ts';
import { plain, quote } from './in-words.ts';

export const RENDERING = {
  'prompt.weight': input(
    (d: { weight: number }) =>
      `A weight of ${d.weight} in the prompt cannot be computed with; allowed: numbers that leave it finite, usually 0 to 2.`,
  ),
  'sampling.impossible': input(
    (d: { sampler: string; scheduler: string; steps: number; shift: number }) =>
      `With the sampler ${d.sampler}, the scheduler ${d.scheduler}, ${d.steps} ${d.steps === 1 ? 'step' : 'steps'} and a shift of ${d.shift} nothing can be computed; allowed: numbers whose noise levels fall to 0, such as a shift of 1 to 10 and a strength of 0.05 or more.`,
  ),
  'sampling.out_of_range': failure(
    (d: { sampler: string; shift: number }) =>
      `The sampler ${d.sampler} left the range of numbers with this scheduler, these steps and a shift of ${d.shift}; another of them gives a picture.`,
  ),
  'workflow.unreadable': input(
    (d: { file: string; problem: string }) =>
      `The workflow ${quote(d.file)} cannot be read: ${plain(d.problem)}.`,
  ),
  'workflow.limit': input(
    (d: { what: string; value: number; most: number }) =>
      `The workflow has ${d.value} ${d.what}; allowed: at most ${d.most}.`,
  ),
  'workflow.node': input(
    (d: { node: string; type: string }) =>
      `The workflow needs the node ${quote(d.type)} (number ${plain(d.node)}), which does not run here.`,
  ),
  'workflow.missing': input(
    (d: { node: string; type: string; input: string }) =>
      `Node ${plain(d.node)} of the workflow (${plain(d.type)}) has no ${plain(d.input)}; it is required.`,
  ),
  'workflow.value': input(
    (d: { node: string; type: string; input: string; value: string; allowed: string }) =>
      `In node ${plain(d.node)} of the workflow (${plain(d.type)}), ${d.input} is ${quote(d.value)}; allowed: ${d.allowed}.`,
  ),
  'workflow.link': input(
    (d: { node: string; type: string; input: string; problem: string }) =>
      `In node ${plain(d.node)} of the workflow (${plain(d.type)}), ${d.input} ${plain(d.problem)}.`,
  ),
  'workflow.circle': input(
    (d: { node: string; type: string }) =>
      `The workflow goes in a circle through node ${plain(d.node)} (${plain(d.type)}).`,
  ),
  'workflow.no_output': input(
    (_: Record<never, never>) => 'The workflow saves no picture: it has neither SaveImage nor PreviewImage.',
  ),
  'workflow.flag': input((d: { option: string; nodes: readonly string[] }) =>
    d.nodes.length === 0
      ? `${d.option} can mean no node of this workflow; leave it out.`
      : `${d.option} can mean ${d.nodes.length} nodes of the workflow (${plain(d.nodes.join(', '))}); change it in the file.`,
  ),
  'workflow.file': input(
    (d: { file: string; folders: readonly string[] }) =>
      `The workflow names the file ${quote(d.file)}, which was not found in ${d.folders.map(quote).join(' or ')}.`,
  ),
  'workflow.part': input(
    (d: { file: string; part: string }) =>
      `The workflow takes a ${d.part} from ${quote(d.file)}, which holds none.`,
  ),
  'workflow.unfit': input(
    (d: { what: string; value: number; expected: number }) =>
      `The ${d.what} in the workflow has the width ${d.value}, but the model takes ${d.expected}: these files do not belong together.`,
  ),
  'device.unusable': input(
    (d: { option: string; device: string; reason: string }) =>
      `${d.option} is ${quote(d.device)}, which does not work here: ${d.reason}.`,
  ),
  'worker.crashed': failure(
    (d: { device: string; cause: string }) => `The picture's worker on ${d.device} stopped (${d.cause}).`,
  ),
  'worker.memory': failure(
    (d: { device: string }) =>
      `The picture's worker on ${d.device} ran out of memory; a smaller size or fewer pictures at once need less.`,
  ),
  'worker.files_changed': failure(
    (d: { device: string }) =>
      `A model file changed on disk while ${d.device} was using it; please try again.`,
  ),
  'worker.hung': failure(
    (d: { device: string; silent_s: number }) =>
      `The picture's worker on ${d.device} did not stir for ${d.silent_s} s and was stopped.`,
  ),
  'pipeline.failed': failure(
    (_: Record<never, never>) => 'The picture failed for a reason we did not foresee; the log has it.',
  ),
  cancelled: failure((_: Record<never, never>) => 'The request was cancelled.'),
} satisfies Record<string, Entry>;
