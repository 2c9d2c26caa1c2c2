/** What happens to jobs, as lines of the log; the noisy parts only when they are asked for. */
import type { Observation } from './jobs/observation.ts';
import type { Log } from './log.ts';

export function logObservation(log: Log, { type: what, ...fields }: Observation): void {
  switch (what) {
    case 'step':
    case 'preview_dropped':
      log.trace(what, fields);
      break;
    case 'accepted':
    case 'started':
    case 'rendered':
    case 'delivered':
    case 'refused':
    case 'disk_recovered':
      log.info(what, fields);
      break;
    case 'worker_died':
    case 'delivery_problem':
    case 'undelivered':
      log.warn(what, fields);
      break;
    case 'failed':
    case 'unsaved':
    case 'disk_trouble':
    case 'unforeseen':
      log.error(what, fields);
      break;
    default: {
      what satisfies never;
    }
  }
}
