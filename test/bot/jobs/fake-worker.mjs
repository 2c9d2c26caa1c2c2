/** A worker process that draws nothing: some short steps, then random bytes as its picture. Speaks as the real one. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const STEPS = 4;

async function render({ id, seed }) {
  const step_ms = [];
  for (let index = 1; index <= STEPS; index++) {
    const ms = 5 + ((seed * 7 + index * 13) % 20);
    await pause(ms);
    step_ms.push(ms);
    process.send?.({ type: 'progress', id, event: { type: 'step', index, total: STEPS, sigma: 1, ms } });
  }
  const total_ms = step_ms.reduce((sum, ms) => sum + ms, 0);
  const timings = { load_ms: 0, encode_ms: 0, sample_ms: total_ms, step_ms, decode_ms: 0, total_ms };
  // Large enough that a write can be caught in the middle.
  const pictures = [new Uint8Array(randomBytes(300_000))];
  process.send?.({ type: 'done', id, result: { pictures, timings } });
}

let turn = Promise.resolve();
process.on('message', (command) => {
  if (command.type === 'render') turn = turn.then(() => render(command.request));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ type: 'ready' });
