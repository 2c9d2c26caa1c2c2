/** Runs a graph as `generate` does, and gives what its wanted nodes gave: for tests and for comparison with recorded runs. */
import { Fault } from '../../../config/faults.ts';
import type { CheckedGraph } from '../../../pipeline/workflow/checked-graph.ts';
import type { Given, RunContext } from '../../../pipeline/workflow/node.ts';
import { planRun } from '../../../pipeline/workflow/run.ts';

/**
 * Runs each node when all that it needs is there.
 * @param wanted ids of nodes; what nobody needs for them is not run
 * @returns the outputs of the wanted nodes
 * @throws Fault whatever its nodes throw; `cancelled` once the signal is aborted
 */
export async function runGraph(
  graph: CheckedGraph,
  wanted: readonly string[],
  context: RunContext,
): Promise<ReadonlyMap<string, readonly Given[]>> {
  const { turns, finished } = planRun(graph, wanted);
  const { signal } = context;
  for (const { kind, inputs, gave } of turns) {
    if (signal.aborted) throw new Fault('cancelled', {}, signal.reason);
    gave(await kind.run(inputs, context));
  }
  return finished;
}
