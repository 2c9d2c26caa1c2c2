import { expect, test } from 'vitest';
import { writeUiWorkflow, writeWorkflow } from '../../../pipeline/image/workflow.ts';
import { plainGraph } from '../../../pipeline/workflow/graph.ts';
import { NODE_KINDS } from '../../../pipeline/workflow/registry.ts';
import { uiFormOf } from '../../../pipeline/workflow/write-ui-form.ts';
import { aRequest } from '../image/a-request.ts';
import { plainWorkflow, read } from './graphs.ts';

const everything = aRequest({
  prompt: 'ein Fuchs, 東京, "quoted"',
  count: 2,
  shift: 5,
  init: {
    image: Uint8Array.of(1),
    mask: Uint8Array.of(2),
    strength: 0.5,
    transparent: true,
    borders: { left: 64, top: 0, right: 0, bottom: 32 },
  },
  upscale: { width: 1536, height: 1152, strength: 0.4 },
  slg: { scale: 3, layers: [1, 2], start: 0.1, end: 0.2 },
  loras: [
    { file: '/loras/ink.safetensors', strength: 0.8 },
    { file: '/loras/film.safetensors', strength: -1 },
  ],
  control: { file: '/c/canny.safetensors', image: Uint8Array.of(3), strength: 0.7, edges: true },
});

test.each([aRequest(), everything])('the page form of a request is the same graph', (request) => {
  const form = writeUiWorkflow(request);
  expect(plainGraph(read(form))).toEqual(plainGraph(read(writeWorkflow(request))));
});

/** What ComfyUI's page demands of a file that it opens (its schema of version 0.4). */
test('has all that the page wants of nodes and links, and each link is known at both of its ends', () => {
  const form = JSON.parse(JSON.stringify(writeUiWorkflow(everything))) as ReturnType<typeof uiFormOf>;
  expect(form.version).toBe(0.4);
  const nodes = new Map(form.nodes.map((node) => [node.id, node]));
  expect(nodes.size).toBe(form.nodes.length);
  expect(form.last_node_id).toBe(Math.max(...nodes.keys()));
  expect(form.last_link_id).toBe(form.links.length);
  for (const { pos, size, mode, order, flags, properties } of form.nodes) {
    expect([...pos, ...size, mode, order].every(Number.isFinite)).toBe(true);
    expect([flags, properties].every((one) => typeof one === 'object')).toBe(true);
  }
  for (const [id, from, output, to, input, type] of form.links) {
    expect(nodes.get(from)!.outputs[output]).toMatchObject({ type, links: expect.arrayContaining([id]) });
    expect(nodes.get(to)!.inputs[input]).toMatchObject({ type, link: id });
  }
});

test('no two nodes lie on each other', () => {
  const { nodes } = uiFormOf(read(writeWorkflow(everything)), NODE_KINDS);
  const boxes = nodes.map(({ pos, size }) => ({
    left: pos[0]!,
    top: pos[1]!,
    width: size[0],
    height: size[1],
  }));
  for (const [i, a] of boxes.entries())
    for (const b of boxes.slice(i + 1)) {
      const apart =
        a.left + a.width <= b.left ||
        b.left + b.width <= a.left ||
        a.top + a.height <= b.top ||
        b.top + b.height <= a.top;
      expect(apart).toBe(true);
    }
});

test('ids that are no numbers become numbers, and a linked widget keeps its link', () => {
  const workflow = plainWorkflow();
  workflow['a:1'] = { class_type: 'PrimitiveInt', inputs: { value: 12 } };
  workflow['5']!.inputs.steps = ['a:1', 0];
  const again = read(uiFormOf(read(workflow), NODE_KINDS));
  const sampler = [...again].find(([, { type }]) => type === 'KSampler')![1];
  const steps = sampler.inputs.get('steps')!;
  expect('link' in steps && again.get(steps.link.node)!.type).toBe('PrimitiveInt');
});
