/** How far an unfinished job is. Times in milliseconds. */
export type Progress =
  | {
      readonly phase: 'waiting';
      readonly position?: number;
      readonly startsIn?: number;
      readonly endsIn?: number;
    }
  | { readonly phase: 'starting' | 'loading' | 'encoding' | 'decoding'; readonly total: number }
  | { readonly phase: 'step'; readonly index: number; readonly total: number; readonly endsIn: number };
