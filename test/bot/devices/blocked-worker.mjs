/** A worker that begins and then never looks at its channel again, as in a forward pass that takes for ever. */
import { Worker } from 'node:worker_threads';

const [, , , parent] = process.argv.slice(2);
new Worker(new URL('../../../pipeline/parent-watch.js', import.meta.url), {
  workerData: parent,
  execArgv: [],
});
process.on('message', ({ type, request }) => {
  if (type !== 'render') return;
  const { id } = request;
  process.send({ type: 'progress', id, event: { type: 'step', index: 1, total: 2, sigma: 1, ms: 1 } }, () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
