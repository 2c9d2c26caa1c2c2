import { expect, test } from 'vitest';
import { duration, openProgress } from '../../../bot/terminal/progress-bar.ts';
import type { JobEvent } from '../../../bot/terminal/render-queue.ts';

const events: JobEvent[] = [
  { type: 'queued', ahead: 0 },
  { type: 'started', device: 'cpu' },
  { type: 'loading' },
  { type: 'encoding' },
  { type: 'step', index: 1, total: 4, sigma: 1, ms: 300 },
  { type: 'step', index: 2, total: 4, sigma: 0.8, ms: 500 },
  { type: 'decoding' },
];

function show(screen: { isTTY?: boolean; columns?: number }): string {
  let text = '';
  const progress = openProgress({ ...screen, write: (more: string) => (text += more) });
  for (const event of events) progress.show(event);
  progress.end();
  return text;
}

test('without a terminal, a plain line for each thing that happens', () => {
  expect(show({})).toBe(
    [
      'drawing on cpu',
      'loading the model',
      'reading the prompt',
      'step 1 of 4 (0.3 s)',
      'step 2 of 4 (0.5 s)',
      'developing the picture',
      '',
    ].join('\n'),
  );
});

test('on a terminal, one line with a bar, the step, its time and the time left, cleared at the end', () => {
  const frames = show({ isTTY: true, columns: 120 }).split('\r\u001b[K');
  expect(frames.join('')).not.toContain('\n');
  expect(frames).toContain(`[${'█'.repeat(12)}${'░'.repeat(12)}] step 2 of 4 · 0.4 s a step · 0.8 s left`);
  expect(frames.at(-1)).toBe('');
});

test('a terminal that does not know its width is taken for 80 columns', () => {
  expect(show({ isTTY: true, columns: 0 })).toContain('0.8 s left');
});

test('a narrow terminal never wraps the line', () => {
  for (const frame of show({ isTTY: true, columns: 20 }).split('\r\u001b[K')) {
    expect([...frame].length).toBeLessThan(20);
  }
});

test.each([
  [0, '0 ms'],
  [42.4, '42 ms'],
  [449, '0.4 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [185_000, '3 min 5 s'],
])('%i ms are %s', (ms, words) => expect(duration(ms)).toBe(words));
