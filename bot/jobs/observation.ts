/** What happens, for metrics and the log. Whoever puts the service together decides what becomes of it. */

export type Observation =
  | { readonly type: 'accepted'; readonly job: string; readonly surface: string }
  | { readonly type: 'refused'; readonly surface: string; readonly code: string }
  /** `ms`: how long it waited. */
  | { readonly type: 'started'; readonly job: string; readonly device: string; readonly ms: number }
  | { readonly type: 'step'; readonly job: string; readonly device: string; readonly ms: number }
  | { readonly type: 'rendered'; readonly job: string; readonly device: string; readonly ms: number }
  | { readonly type: 'worker_died'; readonly job: string; readonly device: string; readonly cause: string }
  | { readonly type: 'failed'; readonly job: string; readonly code: string; readonly cause?: unknown }
  /** The journal could not be written (disk full): a crash would undo what the job has gone through. */
  | { readonly type: 'unsaved'; readonly job: string; readonly cause: unknown }
  /** An error that nobody caught: a mistake of ours. */
  | { readonly type: 'unforeseen'; readonly kind: string; readonly cause: unknown }
  /** Nothing can be written (disk full), and then again it can. */
  | { readonly type: 'disk_trouble'; readonly cause: unknown }
  | { readonly type: 'disk_recovered' }
  | { readonly type: 'preview_dropped'; readonly surface: string }
  /** `ms`: how long after its pictures were there. */
  | { readonly type: 'delivered'; readonly job: string; readonly surface: string; readonly ms: number }
  /** Its last word was refused in every way. */
  | { readonly type: 'undelivered'; readonly job: string; readonly surface: string; readonly reason: string }
  | {
      readonly type: 'delivery_problem';
      readonly job: string;
      readonly surface: string;
      readonly problem: string;
      readonly cause?: unknown;
    };

export type Observe = (observation: Observation) => void;
