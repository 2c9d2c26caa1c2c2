/** What goes wrong while a picture is made: numbers, workflows, devices, workers. */
import { failure, input, operators } from './entry.ts';

interface AtNode {
  /** Its number, or its id in API form. */
  node: string;
  type: string;
}

export const RENDERING = {
  'prompt.weight': input<{ weight: number }>(),
  'sampling.impossible': input<{ sampler: string; scheduler: string; steps: number; shift: number }>(),
  'sampling.out_of_range': failure<{ sampler: string; shift: number }>(),
  'workflow.unreadable': input<{ file: string; problem: string }>(),
  'workflow.limit': input<{ what: string; value: number; most: number }>(),
  'workflow.node': input<AtNode>(),
  'workflow.missing': input<AtNode & { input: string }>(),
  'workflow.value': input<AtNode & { input: string; value: string; allowed: string }>(),
  /** `problem`: what the input does, such as "leads nowhere". */
  'workflow.link': input<AtNode & { input: string; problem: string }>(),
  'workflow.circle': input<AtNode>(),
  'workflow.no_output': input(),
  'workflow.flag_unused': input<{ option: string }>(),
  'workflow.flag_unclear': input<{ option: string; nodes: readonly string[] }>(({ nodes }) => ({
    count: nodes.length,
  })),
  'workflow.file': input<{ file: string; folders: readonly string[] }>(),
  /** What people in a chat are told of a workflow that they sent: no folders. */
  'workflow.sent_file': input<{ file: string }>(),
  'workflow.sent_picture': input<{ picture: string }>(),
  'workflow.off': input(),
  'story.none': input(),
  'workflow.part': input<{ file: string; part: string }>(),
  'workflow.unfit': input<{ what: string; value: number; expected: number }>(),
  /** Pixels. */
  'workflow.area': input<{ x: number; y: number; width: number; height: number }>(),
  'device.unusable': operators.input<{ option: string; device: string; reason: string }>(),
  'worker.crashed': failure<{ device: string; cause: string }>(),
  'worker.memory': failure<{ device: string }>(),
  'worker.files_changed': failure<{ device: string }>(),
  /** `name`: of a model or a file. */
  'worker.other_files': failure<{ device: string; name: string }>(),
  /** It is on another machine that is out of reach: no fault of the request's. */
  'worker.away': failure<{ device: string }>(),
  'worker.version': operators.failure<{ worker: string; version: string; own: string }>(),
  'worker.hung': failure<{ device: string; silent_s: number }>(),
  'pipeline.failed': failure(),
  cancelled: failure(),
};
