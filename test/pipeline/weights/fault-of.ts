/** The fault that an action ends in; any other error, or none, fails the test. */
import { expect } from 'vitest';
import { Fault } from '../../../config/faults.ts';

export function faultOf(action: () => unknown): Fault {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    const fault = error as Fault;
    // What every refusal of a file owes its reader: blame on the input, and one line.
    expect(fault.blame).toBe('input');
    expect(fault.message).toMatch(/^[^\n\r]+\.$/);
    return fault;
  }
  throw new Error('nothing was refused');
}
