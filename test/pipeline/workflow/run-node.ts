/** One node run by itself, for tests of what it does. */
import { Fault } from '../../../config/faults.ts';
import { holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import type { AnyInputs } from '../../../pipeline/workflow/inputs.ts';
import type { RunContext } from '../../../pipeline/workflow/node.ts';
import { NODE_KINDS } from '../../../pipeline/workflow/registry.ts';
import type { Value } from '../../../pipeline/workflow/values.ts';

/** A place where nodes run that need no files. */
export function aRunContext(changes: Partial<RunContext> = {}): RunContext {
  return {
    networks: holdNetworks({ device: 'cpu' }),
    tokenizers: '',
    picture: () => new Uint8Array(),
    enter: () => {},
    progress: () => {},
    previews: false,
    signal: new AbortController().signal,
    now: () => 0,
    ...changes,
  };
}

export async function runNode(
  name: string,
  inputs: AnyInputs,
  context = aRunContext(),
): Promise<readonly Value[]> {
  const given = await NODE_KINDS.get(name)!.run(inputs, context);
  return given.map((one) => {
    if (one instanceof Fault) throw one;
    return one;
  });
}
