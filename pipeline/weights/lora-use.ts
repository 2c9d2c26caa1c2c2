/** A file of low-rank changes, and how much of them. */
export interface LoraUse {
  /** Absolute path. */
  readonly file: string;
  readonly strength: number;
}
