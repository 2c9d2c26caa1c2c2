import { describe, expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { checkGraph } from '../../../pipeline/workflow/check.ts';
import { link, number } from '../../../pipeline/workflow/inputs.ts';
import { defineNode, type NodeKind, type RunContext } from '../../../pipeline/workflow/node.ts';
import { EVERYWHERE, read } from './graphs.ts';
import { runGraph } from './run-graph.ts';

/** Nodes that remember in which order they were run. */
function nodes() {
  const ran: string[] = [];
  const kinds: NodeKind[] = [
    defineNode({
      name: 'Value',
      inputs: { value: number(0, 100) },
      outputs: ['FLOAT', 'CLIP'],
      run({ value }) {
        ran.push(`value ${value}`);
        return [value, new Fault('workflow.part', { file: 'm.safetensors', part: 'text encoder' })];
      },
    }),
    defineNode({
      name: 'Sum',
      inputs: { a: number(0, 100), b: number(0, 10) },
      outputs: ['FLOAT'],
      run({ a, b }) {
        ran.push(`sum ${a} ${b}`);
        return [a + b];
      },
    }),
    defineNode({
      name: 'NeedsClip',
      inputs: { clip: link('CLIP') },
      outputs: ['CLIP'],
      run: ({ clip }) => [clip],
    }),
  ];
  return { ran, kinds: new Map(kinds.map((kind) => [kind.name, kind])) };
}

const context = (signal = new AbortController().signal): RunContext => ({
  networks: holdNetworks({ device: 'cpu' }),
  tokenizers: '',
  picture: () => new Uint8Array(),
  enter: () => {},
  progress: () => {},
  previews: false,
  signal,
  now: () => 0,
});

const value = (of: number) => ({ class_type: 'Value', inputs: { value: of } });
const sum = (a: unknown, b: unknown) => ({ class_type: 'Sum', inputs: { a, b } });

describe('a workflow', () => {
  test('runs each node once, the needed ones only, and a value linked to a widget is that value', async () => {
    const { ran, kinds } = nodes();
    const graph = checkGraph(
      read({ 1: value(3), 2: value(4), 3: sum(['1', 0], ['2', 0]), 4: sum(['3', 0], ['1', 0]), 5: value(9) }),
      kinds,
      EVERYWHERE,
    );
    const results = await runGraph(graph, ['4'], context());
    expect(results.get('4')).toEqual([10]);
    expect(ran).toEqual(['value 3', 'value 4', 'sum 3 4', 'sum 7 3']);
  });

  test('says of a linked value that it is out of the range of where it leads', async () => {
    const { kinds } = nodes();
    const graph = checkGraph(read({ 1: value(50), 2: sum(1, ['1', 0]) }), kinds, EVERYWHERE);
    await expect(runGraph(graph, ['2'], context())).rejects.toThrow(
      'b is "50"; allowed: a number from 0 to 10',
    );
  });

  test('is refused only when an output is used that a file turned out not to have', async () => {
    const { kinds } = nodes();
    const graph = checkGraph(
      read({ 1: value(1), 2: { class_type: 'NeedsClip', inputs: { clip: ['1', 1] } } }),
      kinds,
      EVERYWHERE,
    );
    await expect(runGraph(graph, ['1'], context())).resolves.toBeDefined();
    await expect(runGraph(graph, ['2'], context())).rejects.toThrow(
      'takes a text encoder from "m.safetensors"',
    );
  });

  test('stops before the next node once it is cancelled', async () => {
    const { ran, kinds } = nodes();
    const graph = checkGraph(read({ 1: value(1), 2: sum(['1', 0], 1) }), kinds, EVERYWHERE);
    await expect(runGraph(graph, ['2'], context(AbortSignal.abort()))).rejects.toThrow('cancelled');
    expect(ran).toEqual([]);
  });
});
