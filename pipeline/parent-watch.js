/**
 * A thread of the worker that ends the whole process once its parent is gone. The parent's end closes the channel,
 * but a forward pass blocks the worker's own event loop for seconds or minutes, in which nobody hears of it; and a
 * worker that goes on holds a card's memory against the one that takes its place.
 *
 * Plain JavaScript, so that the thread starts without a runner for TypeScript.
 */
import { workerData } from 'node:worker_threads';

/** Milliseconds between two looks: at most so long after its parent's end does a worker live on. */
const LOOK = 500;

/** The parent's process id as it was told by the parent itself: it may be gone before this thread begins. */
const parent = Number(workerData);

function isGone() {
  // Whoever loses its parent is given another one; where it is not (Windows), the old one can be asked for.
  if (process.platform !== 'win32') return process.ppid !== parent;
  try {
    process.kill(parent, 0);
    return false;
  } catch {
    return true;
  }
}

setInterval(() => {
  if (isGone()) process.kill(process.pid, 'SIGKILL');
}, LOOK);
