/** Hostile workflows, and what it costs to refuse one. */
import { Fault } from '../../config/faults.ts';
import type { Lookup } from '../../pipeline/workflow/check.ts';
import type { PlainGraph } from '../../pipeline/workflow/graph.ts';
import { outputsOf } from '../../pipeline/workflow/run.ts';
import { changed, check, plainWorkflow } from '../pipeline/workflow/graphs.ts';

/** Milliseconds of the processor's time that a refusal may cost. */
export const LIMIT = 100;

export function refusalOf(workflow: unknown, lookup?: Lookup): Fault {
  try {
    outputsOf(check(workflow, lookup));
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it was taken');
}

/** The quickest of some tries, in milliseconds of the processor's time: others may be using the machine. */
export function quickest(refuse: () => Fault): { fault: Fault; spent: number } {
  const tries = Array.from({ length: 4 }, () => {
    const started = process.cpuUsage();
    const fault = refuse();
    const { user, system } = process.cpuUsage(started);
    return { fault, spent: (user + system) / 1000 };
  });
  return tries.reduce((best, one) => (one.spent < best.spent ? one : best));
}

/** As a file has it. */
export function written(workflow: unknown): string | Uint8Array {
  return typeof workflow === 'string' || workflow instanceof Uint8Array ? workflow : JSON.stringify(workflow);
}

const sampler = (inputs: Record<string, unknown>) => () => changed('5', inputs);
const latent = (inputs: Record<string, unknown>) => () => changed('4', inputs);

/** `count` nodes, each made of the one before. */
function chain(
  type: string,
  first: string,
  count: number,
  inputsOf: (before: unknown) => Record<string, unknown>,
): PlainGraph {
  const workflow = plainWorkflow();
  let before = first;
  for (let i = 0; i < count; i++) {
    const id = `c${i}`;
    workflow[id] = { class_type: type, inputs: inputsOf([before, 0]) };
    before = id;
  }
  return workflow;
}

function circle(): PlainGraph {
  const workflow = plainWorkflow();
  workflow['4'] = {
    class_type: 'LatentUpscaleBy',
    inputs: { samples: ['5', 0], upscale_method: 'bilinear', scale_by: 1 },
  };
  return workflow;
}

const uiNode = (id: number, type: string, more: object = {}) => ({
  id,
  type,
  mode: 0,
  inputs: [],
  outputs: [],
  widgets_values: [],
  ...more,
});

const subgraph = (id: string, nodes: object[]) => ({
  id,
  nodes,
  links: [],
  inputNode: { id: -10 },
  outputNode: { id: -20 },
});

export const CORPUS: Record<string, () => unknown> = {
  // What is no workflow at all.
  'an empty file': () => '',
  'no JSON': () => 'MODEL = 1',
  'JSON cut short': () => JSON.stringify(plainWorkflow()).slice(0, -5),
  'a number': () => '42',
  'an array': () => '[]',
  'an empty object': () => '{}',
  null: () => 'null',
  'half a character': () => '{"1":{"class_type":"\\ud800","inputs":{}}}',
  'bytes that are no UTF-8': () => Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d),
  'a name twice': () => '{"1":{"class_type":"Note","class_type":"KSampler","inputs":{}}}',
  'nodes that are numbers': () => '{"1":1,"2":2}',
  'a node without a type': () => '{"1":{"inputs":{}}}',
  'a type that is a number': () => '{"1":{"class_type":5,"inputs":{}}}',
  'a type that is an object': () => '{"1":{"class_type":{"a":1},"inputs":{}}}',
  // Size and depth.
  'ten megabytes': () =>
    `{"1":{"class_type":"CLIPTextEncode","inputs":{"text":"${'a'.repeat(10_000_000)}"}}}`,
  'a million brackets': () => '['.repeat(1_000_000),
  'a million nested objects': () => '{"a":'.repeat(600_000),
  'an input nested a thousand times': () =>
    `{"1":{"class_type":"KSampler","inputs":{"seed":${'['.repeat(1000)}${']'.repeat(1000)}}}}`,
  'half a million values': () =>
    `{"1":{"class_type":"KSampler","inputs":{"seed":[${'1,'.repeat(500_000)}1]}}}`,
  'ten thousand nodes': () =>
    Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [i, { class_type: 'RandomNoise', inputs: { noise_seed: 1 } }]),
    ),
  'a text of a million letters': () => changed('2', { text: 'a'.repeat(1_000_000) }),
  'a file name of a million letters': () => changed('1', { ckpt_name: 'a'.repeat(1_000_000) }),
  'a node whose type is a megabyte long': () => changed('9', {}, 'X'.repeat(1_000_000)),
  'a node whose id is a megabyte long': () => ({
    ['i'.repeat(1_000_000)]: { class_type: 'Unknown', inputs: {} },
  }),
  // Keys of prototypes.
  '__proto__ as a node': () =>
    `{"__proto__":{"class_type":"Evil","inputs":{}},${JSON.stringify(plainWorkflow()).slice(1)}`,
  '__proto__ as a type': () => changed('9', {}, '__proto__'),
  'constructor as a type': () => changed('9', {}, 'constructor'),
  'toString as a type': () => changed('9', {}, 'toString'),
  'hasOwnProperty as the name of a sampler': sampler({ sampler_name: 'hasOwnProperty' }),
  '__proto__ as the name of a scheduler': sampler({ scheduler: '__proto__' }),
  'a link to constructor': sampler({ model: ['constructor', 0] }),
  // Links.
  'a circle': circle,
  'a node made of itself': () => changed('6', { samples: ['6', 0] }),
  'a link to nothing': sampler({ latent_image: ['99', 0] }),
  'a link to an output that is not there': sampler({ model: ['1', 7] }),
  'a link to output -1': sampler({ model: ['1', -1] }),
  'a link to output 0.5': sampler({ model: ['1', 0.5] }),
  'a link of another type': sampler({ positive: ['4', 0] }),
  'a picture in place of a model': sampler({ model: ['6', 0] }),
  'a text where a link must be': sampler({ model: 'sd3.5' }),
  'a link where a file must be': () => changed('1', { ckpt_name: ['2', 0] }),
  'no latent': sampler({ latent_image: null }),
  // Values.
  'steps of 0': sampler({ steps: 0 }),
  'a billion steps': sampler({ steps: 1e9 }),
  'steps of Infinity': sampler({ steps: 'Infinity' }),
  'a negative seed': sampler({ seed: -1 }),
  'a seed of two hundred digits': () =>
    JSON.stringify(plainWorkflow()).replace('"seed":42', `"seed":${'9'.repeat(200)}`),
  'guidance without a number': sampler({ cfg: {} }),
  'a strength of 1e308': sampler({ denoise: 1e308 }),
  'a batch of 4096': latent({ batch_size: 4096 }),
  'sides of 2 ** 31': latent({ width: 2 ** 31, height: 2 ** 31 }),
  'sixteen pictures of 16384 x 16384': latent({ width: 16384, height: 16384, batch_size: 16 }),
  'twenty doublings of a latent': () =>
    chain('LatentUpscaleBy', '4', 20, (samples) => ({ samples, upscale_method: 'bilinear', scale_by: 2 })),
  'a batch repeated again and again': () =>
    chain('RepeatLatentBatch', '4', 10, (samples) => ({ samples, amount: 16 })),
  'a conditioning combined with itself thirty times': () =>
    chain('ConditioningCombine', '2', 30, (one) => ({ conditioning_1: one, conditioning_2: one })),
  'a text put behind itself thirty times': () =>
    chain('ConditioningConcat', '2', 30, (one) => ({ conditioning_to: one, conditioning_from: one })),
  'four hundred samplers of a thousand steps': () =>
    chain('KSampler', '4', 400, (latent_image) => ({
      ...plainWorkflow()['5']!.inputs,
      steps: 1000,
      latent_image,
    })),
  // Files.
  'a way up': () => changed('1', { ckpt_name: '../../etc/passwd' }),
  'a way up in the middle': () => changed('1', { ckpt_name: 'a/../../../etc/passwd' }),
  'a way up with backslashes': () => changed('1', { ckpt_name: '..\\..\\windows\\win.ini' }),
  'a path from the root': () => changed('1', { ckpt_name: '/etc/passwd' }),
  'a path from a drive': () => changed('1', { ckpt_name: 'C:\\secret.safetensors' }),
  'a path on another machine': () => changed('1', { ckpt_name: '\\\\host\\share\\m.safetensors' }),
  'an address': () => changed('1', { ckpt_name: 'https://example.com/m.safetensors' }),
  'a name with a 0 in it': () => changed('1', { ckpt_name: 'm.safetensors\0.png' }),
  'a name with a line break': () => changed('1', { ckpt_name: 'm\n.safetensors' }),
  'an address for a picture': () => changed('8', { image: 'http://127.0.0.1/x.png' }, 'LoadImage'),
  'a way up to a picture': () => changed('8', { image: '../../../secret.png' }, 'LoadImage'),
  // Nodes that do not run here.
  'a node that runs code': () => changed('9', { code: 'process.exit()' }, 'ExecutePython'),
  'a node that fetches': () => changed('9', { url: 'http://example.com' }, 'LoadImageFromUrl'),
  'nothing that comes out': () => ({ '4': plainWorkflow()['4'] }),
  // The UI form.
  'a UI form whose nodes are numbers': () => ({ nodes: [1, 2, 3], links: [] }),
  'a UI form with a link in a circle of reroutes': () => ({
    nodes: [
      uiNode(1, 'Reroute', { inputs: [{ name: '', type: '*', link: 2 }], outputs: [{ type: '*' }] }),
      uiNode(2, 'Reroute', { inputs: [{ name: '', type: '*', link: 1 }], outputs: [{ type: '*' }] }),
      uiNode(3, 'SaveImage', { inputs: [{ name: 'images', type: 'IMAGE', link: 1 }] }),
    ],
    links: [
      [1, 1, 0, 2, 0, '*'],
      [2, 2, 0, 1, 0, '*'],
    ],
  }),
  'a subgraph inside itself': () => ({
    nodes: [uiNode(1, 'g')],
    links: [],
    definitions: { subgraphs: [subgraph('g', [uiNode(1, 'g')])] },
  }),
  'subgraphs that double eight times': () => ({
    nodes: [uiNode(1, 'g0')],
    links: [],
    definitions: {
      subgraphs: Array.from({ length: 9 }, (_, i) =>
        subgraph(
          `g${i}`,
          i === 8
            ? Array.from({ length: 4 }, (_, k) => uiNode(k, 'VAEDecode'))
            : [uiNode(1, `g${i + 1}`), uiNode(2, `g${i + 1}`)],
        ),
      ),
    },
  }),
  'ten thousand inputs behind four hundred reroutes': () => {
    const reroutes = Array.from({ length: 400 }, (_, i) =>
      uiNode(i + 1, 'Reroute', { inputs: [{ name: '', type: '*', link: i }], outputs: [{ type: '*' }] }),
    );
    const links = Array.from({ length: 401 }, (_, i) => [i, i, 0, i + 1, 0, '*']);
    const inputs = Array.from({ length: 10_000 }, (_, i) => ({ name: `i${i}`, type: '*', link: 400 }));
    return { nodes: [...reroutes, uiNode(1000, 'SaveImage', { inputs })], links };
  },
  'a subgraph of six thousand links that ten thousand inputs come from': () => ({
    nodes: [
      uiNode(1, 'g', { outputs: [{ type: '*' }] }),
      uiNode(2, 'SaveImage', {
        inputs: Array.from({ length: 9_000 }, (_, i) => ({ name: `i${i}`, type: '*', link: 1 })),
      }),
    ],
    links: [[1, 1, 0, 2, 0, '*']],
    definitions: {
      subgraphs: [
        { ...subgraph('g', []), links: Array.from({ length: 5_000 }, (_, i) => [i, 9, 0, 8, 1, '*']) },
      ],
    },
  }),
  'a hundred muted nodes in a row behind a thousand links': () => ({
    nodes: Array.from({ length: 400 }, (_, i) =>
      uiNode(i + 1, 'LatentUpscaleBy', {
        mode: i === 0 ? 2 : 0,
        inputs: Array.from({ length: 40 }, () => ({ name: 'samples', type: 'LATENT', link: i })),
        outputs: [{ type: 'LATENT' }],
      }),
    ),
    links: Array.from({ length: 400 }, (_, i) => [i, i, 0, i + 1, 0, 'LATENT']),
  }),
  'a muted end': () => ({
    nodes: [uiNode(1, 'SaveImage', { mode: 2, inputs: [{ name: 'images', type: 'IMAGE', link: 1 }] })],
    links: [],
  }),
};
