/** What the chaos campaign and the service under attack say to each other. */

export type ToService =
  /** The event `key` asks for a picture; may be sent again when no answer came. */
  | { readonly type: 'submit'; readonly key: string; readonly person: string; readonly model: string }
  | { readonly type: 'workers' }
  | { readonly type: 'unsettled' }
  /** Somebody sets the wall clock: ahead by so many milliseconds, or back. */
  | { readonly type: 'clock'; readonly ahead: number };

/** A living worker. `attempts`: of the job that it renders; 0 without one. */
export interface WorkerStatus {
  readonly pid: number;
  readonly attempts: number;
}

export type FromService =
  | { readonly type: 'ready' }
  /** The request is accepted: from now on it must not be lost. */
  | { readonly type: 'accepted'; readonly key: string; readonly job: string }
  /** It was refused for want of room, in a sentence; the platform sends it again. */
  | { readonly type: 'refused'; readonly key: string; readonly sentence: string }
  | { readonly type: 'workers'; readonly workers: readonly WorkerStatus[] }
  | { readonly type: 'unsettled'; readonly count: number };

/** One line of the file that stands for the platform: what people would see. */
export interface Posted {
  readonly job: string;
  readonly call: 'open' | 'finish';
  readonly state: string;
}

/** One line of the file of deaths: a worker died in this job. */
export interface Died {
  readonly job: string;
}

/** Where things are, below the campaign's folder. */
export const FOLDERS = {
  /** The service's own: on a small disk of its own where we may mount one. */
  data: 'data',
  /** The platform, and what is counted: never full. */
  platform: 'platform',
  graphs: 'graphs',
} as const;
