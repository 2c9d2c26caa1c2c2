import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodePng } from '../../../pipeline/image/png.ts';
import { plainGraph, writeGraph } from '../../../pipeline/workflow/graph.ts';
import { readWorkflow } from '../../../pipeline/workflow/read-workflow.ts';
import { NODE_KINDS } from '../../../pipeline/workflow/registry.ts';
import { check, plainWorkflow, read } from './graphs.ts';

type Json = Record<string, unknown>;
let links: unknown[][] = [];

/** A node of the page; each input names the link that feeds it. */
const node = (id: number, type: string, more: Json = {}): Json => ({
  id,
  type,
  mode: 0,
  inputs: [],
  outputs: [],
  ...more,
});
const input = (name: string, type: string, link?: number, more: Json = {}) => ({
  name,
  type,
  link: link ?? null,
  ...more,
});
const out = (type: string) => ({ name: type, type });
const connect = (id: number, from: number, output: number, to: number, place: number, type: string) =>
  links.push([id, from, output, to, place, type]);

/** Model -> (something) -> sampler, as far as the model goes. */
function page(between: Json[], samplerLink: number): Json {
  return {
    version: 0.4,
    nodes: [
      node(1, 'UNETLoader', { outputs: [out('MODEL')], widgets_values: ['m.safetensors', 'default'] }),
      ...between,
      node(9, 'KSampler', {
        inputs: [input('model', 'MODEL', samplerLink)],
        outputs: [out('LATENT')],
        widgets_values: [7, 'randomize', 20, 4.5, 'euler', 'normal', 1],
      }),
    ],
    links,
  };
}

const modelOf = (form: Json) => plainGraph(read(form))['9']!.inputs.model;

describe('the UI form', () => {
  test('takes widgets by position, past what the page puts behind a seed', () => {
    links = [];
    connect(1, 1, 0, 9, 0, 'MODEL');
    expect(plainGraph(read(page([], 1)))['9']!.inputs).toEqual({
      seed: 7,
      steps: 20,
      cfg: 4.5,
      sampler_name: 'euler',
      scheduler: 'normal',
      denoise: 1,
      model: ['1', 0],
    });
  });

  test('takes what files of 2023 have behind a seed, whether it is drawn anew', () => {
    links = [];
    connect(1, 1, 0, 9, 0, 'MODEL');
    const form = page([], 1);
    (form.nodes as Json[]).at(-1)!.widgets_values = [7, true, 20, 4.5, 'euler', 'normal', 1];
    expect(plainGraph(read(form))['9']!.inputs).toMatchObject({ seed: 7, steps: 20, denoise: 1 });
  });

  test('leads a link through reroutes to what feeds them', () => {
    links = [];
    connect(1, 1, 0, 2, 0, 'MODEL');
    connect(2, 2, 0, 3, 0, 'MODEL');
    connect(3, 3, 0, 9, 0, 'MODEL');
    const reroute = (id: number, link: number) =>
      node(id, 'Reroute', { inputs: [input('', '*', link)], outputs: [out('MODEL')] });
    expect(modelOf(page([reroute(2, 1), reroute(3, 2)], 3))).toEqual(['1', 0]);
  });

  test('bridges a bypassed node, each output from the input in its own place', () => {
    links = [];
    connect(1, 1, 0, 2, 1, 'MODEL');
    connect(3, 2, 1, 9, 0, 'MODEL');
    const bypassed = node(2, 'SomeNode', {
      mode: 4,
      inputs: [input('other', 'MODEL'), input('model', 'MODEL', 1)],
      outputs: [out('MODEL'), out('MODEL')],
    });
    expect(modelOf(page([bypassed], 3))).toEqual(['1', 0]);
  });

  test('drops a muted node and what cannot do without it', () => {
    links = [];
    connect(1, 1, 0, 2, 0, 'MODEL');
    connect(2, 2, 0, 9, 0, 'MODEL');
    const muted = node(2, 'ModelSamplingSD3', {
      mode: 2,
      inputs: [input('model', 'MODEL', 1)],
      outputs: [out('MODEL')],
      widgets_values: [3],
    });
    expect(Object.keys(plainGraph(read(page([muted], 2))))).toEqual(['1']);
  });

  test("puts a primitive's value where it leads", () => {
    links = [];
    connect(1, 1, 0, 9, 0, 'MODEL');
    connect(2, 5, 0, 9, 1, 'INT');
    const form = page(
      [node(5, 'PrimitiveNode', { outputs: [out('INT')], widgets_values: [33, 'fixed'] })],
      1,
    );
    const sampler = (form.nodes as Json[]).at(-1)!;
    (sampler.inputs as Json[]).push(input('steps', 'INT', 2, { widget: { name: 'steps' } }));
    expect(plainGraph(read(form))['9']!.inputs.steps).toBe(33);
  });

  test('passes over notes, and over panels of the page that nothing is linked with', () => {
    links = [];
    connect(1, 1, 0, 9, 0, 'MODEL');
    const form = page([node(5, 'MarkdownNote'), node(6, 'Fast Groups Bypasser (rgthree)')], 1);
    expect(Object.keys(plainGraph(read(form)))).toEqual(['1', '9']);
  });

  test('opens a subgraph, whose own widgets count where its outside leaves them alone', () => {
    links = [];
    connect(1, 1, 0, 2, 0, 'MODEL');
    connect(2, 2, 0, 9, 0, 'MODEL');
    const inner = {
      id: 'g',
      inputNode: { id: -10 },
      outputNode: { id: -20 },
      nodes: [
        node(4, 'ModelSamplingSD3', {
          inputs: [input('model', 'MODEL', 11), input('shift', 'FLOAT', 13, { widget: { name: 'shift' } })],
          outputs: [out('MODEL')],
          widgets_values: [3],
        }),
      ],
      links: [
        { id: 11, origin_id: -10, origin_slot: 0, target_id: 4, target_slot: 0, type: 'MODEL' },
        { id: 13, origin_id: -10, origin_slot: 1, target_id: 4, target_slot: 1, type: 'FLOAT' },
        { id: 12, origin_id: 4, origin_slot: 0, target_id: -20, target_slot: 0, type: 'MODEL' },
      ],
    };
    const outside = (widgets: unknown[]) => ({
      ...page(
        [
          node(2, 'g', {
            inputs: [
              input('model', 'MODEL', 1),
              input('shift', 'FLOAT', undefined, { widget: { name: 'shift' } }),
            ],
            outputs: [out('MODEL')],
            widgets_values: widgets,
          }),
        ],
        2,
      ),
      definitions: { subgraphs: [inner] },
    });
    const graph = plainGraph(read(outside([])));
    expect(graph['2:4']).toEqual({ class_type: 'ModelSamplingSD3', inputs: { shift: 3, model: ['1', 0] } });
    expect(graph['9']!.inputs.model).toEqual(['2:4', 0]);
    expect(plainGraph(read(outside([1.5])))['2:4']!.inputs.shift).toBe(1.5);
  });
});

test('a PNG that carries both forms is read by what made it', async () => {
  const png = await encodePng({ width: 1, height: 1, data: Uint8Array.of(0, 0, 0) }, [
    { keyword: 'workflow', text: JSON.stringify({ nodes: [], links: [] }) },
    { keyword: 'prompt', text: JSON.stringify(plainWorkflow()) },
  ]);
  expect(plainGraph(readWorkflow(png, 'a.png'))).toEqual(plainWorkflow());
});

test('a seed beyond 2^53 keeps every digit, read and written', () => {
  const text = JSON.stringify(plainWorkflow()).replace('"seed":42', '"seed":18446744073709551615');
  const graph = read(text);
  expect(graph.get('5')!.inputs.get('seed')).toEqual({ value: 18446744073709551615n });
  expect(writeGraph(graph)).toBe(text);
  expect(() => check(text)).not.toThrow();
});

test("Python's NaN and the mark that editors put in front do not make a file unreadable", () => {
  const text = JSON.stringify(plainWorkflow()).replace(
    '{"class_type"',
    '{"is_changed":[NaN,-Infinity],"class_type"',
  );
  expect(text).toContain('NaN');
  expect(plainGraph(read(`\ufeff${text}`))).toEqual(plainWorkflow());
});

test('values are taken as ComfyUI takes them: true for 1, a number for a text, a list in its wrapping', () => {
  const graph = {
    '1': { class_type: 'PrimitiveInt', inputs: { value: true } },
    '2': { class_type: 'PrimitiveString', inputs: { value: 20 } },
    '3': { class_type: 'PrimitiveBoolean', inputs: { value: 0 } },
    '4': { class_type: 'PrimitiveString', inputs: { value: { __value__: 'words' } } },
  };
  const long = { class_type: 'PrimitiveInt', inputs: { value: 'LONG' } };
  const text = JSON.stringify({ ...graph, '5': long }).replace('"LONG"', '9223372036854775807');
  const values = [...check(text).values()].map(({ inputs }) => inputs.get('value'));
  const expected = [1, '20', false, 'words', 2n ** 63n - 1n];
  expect(values).toEqual(expected.map((value) => ({ value })));
});

test('docs/workflows.md lists exactly the nodes that run', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/workflows.md'), 'utf8');
  const rows = docs
    .split('## Nodes')[1]!
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const listed = rows.slice(1).flatMap((row) =>
    row
      .split('|')[2]!
      .split(',')
      .map((name) => name.trim()),
  );
  expect(listed.toSorted()).toEqual([...NODE_KINDS.keys()].toSorted());
});
