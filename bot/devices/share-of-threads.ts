/** How several workers on the one processor share it, so that none waits for cores that another has taken. */
import { isProcessor, type Settings } from '../../config/settings.ts';

/**
 * The threads of one worker; the runtime's own choice where it has the processor to itself.
 * @param processors logical processors of this machine
 */
export function shareOfThreads(
  device: string,
  all: Settings['devices'],
  processors: number,
): { readonly threads?: number } {
  const workers = all === 'auto' ? 1 : all.filter(isProcessor).length;
  if (!isProcessor(device) || workers < 2) return {};
  return { threads: Math.max(1, Math.floor(processors / workers)) };
}
