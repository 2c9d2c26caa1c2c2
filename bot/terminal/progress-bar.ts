/** How far a picture is, on a terminal: one line that changes; anywhere else: a plain line for each thing that happens. */
import { bytesInWords } from '../../config/faults.ts';
import type { JobEvent } from './render-queue.ts';

/** What is written to: a stream, and whether it is a terminal of how many columns. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Progress {
  show(event: JobEvent): void;
  /** Leaves the line as it should stand before other output. */
  end(): void;
}

const BAR = 24;
/** Back to the first column, and clear to the end of the line. */
const REWIND = '\r\u001b[K';

export function openProgress(screen: Screen): Progress {
  if (!screen.isTTY) {
    return {
      show(event) {
        const text = plainLine(event);
        if (text !== undefined) screen.write(`${text}\n`);
      },
      end() {},
    };
  }
  let drawn = false;
  const times: number[] = [];
  return {
    show(event) {
      if (event.type === 'step') times.push(event.ms);
      const text = event.type === 'step' ? stepLine(event, times) : plainLine(event);
      if (text === undefined) return;
      if (event.type === 'loading' && event.note !== undefined) {
        screen.write(`${REWIND}${text}\n`);
        return;
      }
      screen.write(REWIND + [...text].slice(0, (screen.columns || 80) - 1).join(''));
      drawn = true;
    },
    end() {
      if (drawn) screen.write(REWIND);
    },
  };
}

type Step = Extract<JobEvent, { type: 'step' }>;

/** `[████████░░░░] step 7 of 28 · 0.4 s a step · 8 s left` @param times milliseconds of the steps so far */
function stepLine({ index, total }: Step, times: readonly number[]): string {
  const filled = Math.round((BAR * index) / total);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  return `[${bar}] step ${index} of ${total} · ${duration(mean)} a step · ${duration(mean * (total - index))} left`;
}

function plainLine(event: JobEvent): string | undefined {
  switch (event.type) {
    case 'queued':
      return event.ahead > 0 ? `waiting, ${event.ahead} ahead` : undefined;
    case 'started':
      return `drawing on ${event.device}`;
    case 'retrying':
      return `${event.reason} Trying again.`;
    case 'loading':
      if (event.note !== undefined) return event.note;
      return event.unpacking === undefined ? 'loading the model' : unpackingLine(event.unpacking);
    case 'encoding':
      return 'reading the prompt';
    case 'step':
      return `step ${event.index} of ${event.total} (${duration(event.ms)})`;
    case 'decoding':
      return 'developing the picture';
  }
}

/** `unpacking t5-Q4_K.gguf, once: 3.1 GB of 9.5 GB` */
function unpackingLine({ file, done, total }: { file: string; done: number; total: number }): string {
  return `unpacking ${file}, once: ${bytesInWords(done)} of ${bytesInWords(total)}`;
}

/** Milliseconds as people say them: `42 ms`, `0.4 s`, `12 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 95) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
