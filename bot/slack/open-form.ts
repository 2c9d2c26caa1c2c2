/** Opens a form: within three seconds after somebody pressed. */
import { Fault } from '../../config/faults.ts';
import type { Block } from './blocks.ts';
import type { Calls } from './calls.ts';
import type { Home } from './place.ts';
import { codeOf } from './problems.ts';

/** The press is too long ago, or has opened a form already. */
const EXPIRED = ['expired_trigger_id', 'exchanged_trigger_id', 'trigger_expired', 'trigger_exchanged'];

/** @throws Fault `form.expired`, SurfaceError */
export async function openForm(home: Home, trigger: string, view: Block, calls: Calls): Promise<void> {
  try {
    await calls.make(home, 'views.open', { trigger_id: trigger, view }, { impatient: true });
  } catch (error) {
    if (EXPIRED.includes(codeOf(error) ?? '')) throw new Fault('form.expired', {}, error);
    throw error;
  }
}
