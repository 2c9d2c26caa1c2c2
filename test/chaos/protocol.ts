/** What the chaos campaign and the service under attack say to each other. */

export type ToService =
  /** The event `key` asks for a picture; may be sent again when no answer came. */
  | { readonly type: 'submit'; readonly key: string; readonly person: string; readonly model: string }
  | { readonly type: 'workers' }
  | { readonly type: 'unsettled' };

export type FromService =
  | { readonly type: 'ready' }
  /** The request is accepted: from now on it must not be lost. */
  | { readonly type: 'accepted'; readonly key: string; readonly job: string }
  | { readonly type: 'workers'; readonly pids: readonly number[] }
  | { readonly type: 'unsettled'; readonly count: number };

/** One line of the file that stands for the platform: what people would see. */
export interface Posted {
  readonly job: string;
  readonly call: 'open' | 'finish';
  readonly state: string;
}
