/** What is changed: a matrix of so many rows and columns, or (of norms and biases) a vector. */
export interface Region {
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
}
