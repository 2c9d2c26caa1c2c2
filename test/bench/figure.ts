/** One printed figure and what it must be. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  /** The value may be at most (or, with `at_least`, must be at least) this. */
  readonly limit: number;
  readonly at_least?: true;
  readonly pass: boolean;
  /** What the value was made from. */
  readonly detail?: Readonly<Record<string, number | readonly number[] | string>>;
}

export type Figures = Readonly<Record<string, Figure>>;

/** A part of the bench; `folder` holds the random checkpoints, `say` tells a person what is going on. */
export type BenchPart = (folder: string, say: (line: string) => void) => Promise<Figures>;

export function atMost(value: number, unit: string, limit: number, detail?: Figure['detail']): Figure {
  return { value: rounded(value), unit, limit, pass: value <= limit, ...(detail ? { detail } : {}) };
}

export function atLeast(value: number, unit: string, limit: number, detail?: Figure['detail']): Figure {
  const pass = value >= limit;
  return { value: rounded(value), unit, limit, at_least: true, pass, ...(detail ? { detail } : {}) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Milliseconds of processor time this process has used, all threads: steadier than the clock on a busy machine. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
