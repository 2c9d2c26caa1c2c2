/** What happens to jobs, as lines of the log; the noisy parts only when they are asked for. */
import type { Observation } from './jobs/observation.ts';
import type { Log } from './log.ts';

export function logObservation(log: Log, { type, ...fields }: Observation): void {
  switch (type) {
    case 'step':
    case 'preview_dropped':
      log.trace(type, fields);
      break;
    case 'accepted':
    case 'started':
    case 'rendered':
    case 'delivered':
    case 'refused':
      log.info(type, fields);
      break;
    case 'worker_died':
    case 'delivery_problem':
      log.warn(type, fields);
      break;
    case 'failed':
    case 'unsaved':
      log.error(type, fields);
      break;
    default: {
      type satisfies never;
    }
  }
}
