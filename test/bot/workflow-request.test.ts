/** Workflows that people send in a picture: what they may, and what they may not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalogue } from '../../bot/catalogue.ts';
import { openInstallation } from '../../bot/installation.ts';
import { openWordCheck } from '../../bot/safety/check-words.ts';
import type { CommandContext, Given } from '../../commands/command.ts';
import type { Order } from '../../commands/job-service.ts';
import { readImagine } from '../../commands/read-imagine.ts';
import { remake } from '../../commands/remake.ts';
import { Fault } from '../../config/faults.ts';
import { readSettings } from '../../config/settings.ts';
import { writeInfotext } from '../../pipeline/image/infotext.ts';
import { digestOf } from '../../pipeline/image/picture-name.ts';
import { encodePng } from '../../pipeline/image/png.ts';
import { writeWorkflow } from '../../pipeline/image/workflow.ts';

interface Node {
  class_type: string;
  inputs: Record<string, unknown>;
}
type Nodes = Record<string, Node>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'darkroom-sent-'));
  mkdirSync(path.join(folder, 'models'));
  writeFileSync(path.join(folder, 'words.txt'), 'zeppelin\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function anInstallationOf(env: Readonly<Record<string, string>> = {}) {
  const settings = readSettings({ MODELS_DIR: path.join(folder, 'models'), ...env });
  return openInstallation({
    catalogue: openCatalogue(settings),
    styles: [],
    settings,
    checkWords: openWordCheck(settings),
    randomSeed: () => 7,
    newId: () => 'sent',
  });
}

/** What the built-in model's own picture carries, changed. */
async function aWorkflow(change: (nodes: Nodes) => void = () => {}): Promise<Uint8Array> {
  const installation = anInstallationOf();
  const options = { prompt: 'a red boat', negative: 'blue', model: 'nano-turbo', seed: 5 };
  const request = await readImagine(options, { ...installation, label: (name) => name });
  const nodes = structuredClone(writeWorkflow(request)) as Nodes;
  change(nodes);
  const pixels = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  return encodePng(pixels, [{ keyword: 'prompt', text: JSON.stringify(nodes) }]);
}

/** Nobody has started from anything. */
const none = async () => undefined;

const ofType = (nodes: Nodes, type: string) =>
  Object.values(nodes).find(({ class_type }) => class_type === type)!;

function setInput(nodes: Nodes, type: string, inputs: Record<string, unknown>): void {
  Object.assign(ofType(nodes, type).inputs, inputs);
}

async function refusal(
  change: (nodes: Nodes) => void,
  env?: Readonly<Record<string, string>>,
): Promise<Fault> {
  const png = await aWorkflow(change);
  try {
    await anInstallationOf(env).readWorkflow!(png, {}, none);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it was taken');
}

test('a workflow becomes a request that says what it is, with what is changed beside it', async () => {
  const png = await aWorkflow();
  const { readWorkflow } = anInstallationOf();
  const request = await readWorkflow!(png, {}, none);
  expect(request).toMatchObject({ prompt: 'a red boat', negative: 'blue', seed: 5, count: 1 });
  expect(request.workflow!.pictures).toEqual({});
  const changed = await readWorkflow!(png, { prompt: 'a blue boat', seed: 9, steps: 2 }, none);
  expect(changed).toMatchObject({ prompt: 'a blue boat', seed: 9, steps: 2 });
  expect(ofType(JSON.parse(changed.workflow!.json), 'KSampler').inputs).toMatchObject({ seed: 9, steps: 2 });
});

describe('a picture that was painted over another', () => {
  const start = async () => {
    const canvas = { create: { width: 256, height: 256, channels: 3, background: 'teal' } } as const;
    return new Uint8Array(await sharp(canvas).png().toBuffer());
  };
  /** Its PNG, as it was delivered, and what `/remake` then asks for. */
  async function remade(found: (digest: string) => Promise<Uint8Array | undefined>, given: Given = {}) {
    const installation = anInstallationOf();
    const options = {
      prompt: 'a red boat',
      model: 'nano-turbo',
      image: await start(),
      seed: 5,
      strength: 0.5,
    };
    const request = await readImagine(options, { ...installation, label: (name) => name });
    const pixels = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const image = await encodePng(pixels, [
      { keyword: 'parameters', text: writeInfotext(request) },
      { keyword: 'prompt', text: JSON.stringify(writeWorkflow(request)) },
      { keyword: 'Software', text: 'Darkroom 0.1.0' },
    ]);
    const orders: Order[] = [];
    const jobs = {
      submit: async (order: Order) => {
        orders.push(order);
        return { id: 'one' };
      },
      ownPicture: found,
    };
    await remake.run({ image, ...given }, { installation, jobs } as unknown as CommandContext);
    return orders[0]!;
  }

  test('is made again from the start picture that is still here', async () => {
    const bytes = await start();
    const order = await remade(async (digest) => (digest === digestOf(bytes) ? bytes : undefined), {
      seed: 9,
    });
    expect(Object.values(order.request.workflow!.pictures)).toEqual([bytes]);
    expect(order).toMatchObject({ request: { prompt: 'a red boat', seed: 9 } });
  });

  test('is refused in one sentence where it is not', async () => {
    await expect(remade(none)).rejects.toThrow(
      /^The workflow loads the picture "start-[0-9a-f]{16}\.png", which did not come with it and is none that you have started from here\.$/,
    );
  });
});

describe('is refused in one sentence without a folder', () => {
  test.each<[string, string, (nodes: Nodes) => void]>([
    [
      'a picture of this machine',
      'loads the picture "secret.png", which did not come with it',
      (nodes) => {
        nodes.x = { class_type: 'LoadImage', inputs: { image: 'secret.png' } };
        nodes.y = {
          class_type: 'VAEEncode',
          inputs: { pixels: ['x', 0], vae: ofType(nodes, 'VAEDecode').inputs.vae },
        };
        ofType(nodes, 'KSampler').inputs.latent_image = ['y', 0];
      },
    ],
    [
      'a file that is not here',
      'names the file "elsewhere.safetensors", which is not here',
      (nodes) => {
        nodes.x = { class_type: 'VAELoader', inputs: { vae_name: 'elsewhere.safetensors' } };
        ofType(nodes, 'VAEDecode').inputs.vae = ['x', 0];
      },
    ],
    [
      'a LoRA file that is not here',
      'There is no LoRA "ink" here: there are none at all.',
      (nodes) => {
        const sampler = ofType(nodes, 'KSampler');
        const { model } = sampler.inputs;
        const inputs = { model, lora_name: 'ink', strength_model: 1 };
        nodes.x = { class_type: 'LoraLoaderModelOnly', inputs };
        sampler.inputs.model = ['x', 0];
      },
    ],
    ['too many steps', 'steps', (nodes) => setInput(nodes, 'KSampler', { steps: 301 })],
    [
      'too many pixels',
      'pixels',
      (nodes) => setInput(nodes, 'EmptySD3LatentImage', { width: 4096, height: 4096 }),
    ],
    ['too many pictures', 'pictures', (nodes) => setInput(nodes, 'EmptySD3LatentImage', { batch_size: 5 })],
    [
      'a text that is too long',
      'characters of a text',
      (nodes) => setInput(nodes, 'CLIPTextEncode', { text: 'x'.repeat(2001) }),
    ],
    [
      'an unknown node',
      'Nonsense',
      (nodes) => void Object.assign(nodes, { x: { class_type: 'Nonsense', inputs: {} } }),
    ],
  ])('%s', async (_, sentence, change) => {
    const fault = await refusal(change);
    expect(fault.message).toContain(sentence);
    expect(fault.message).not.toContain(folder);
    expect(fault.blame).toBe('input');
  });
});

test('its words are looked at as everybody’s are, wherever in it they stand', async () => {
  const env = { BLOCKLIST_FILE: path.join(folder, 'words.txt') };
  const said = await refusal((nodes) => {
    ofType(nodes, 'CLIPTextEncode').inputs.text = 'a zeppelin';
  }, env);
  expect(said.code).toBe('safety.words');
  const hidden = await refusal((nodes) => {
    nodes.x = { class_type: 'PrimitiveString', inputs: { value: 'a zeppelin' } };
    ofType(nodes, 'CLIPTextEncode').inputs.text = ['x', 0];
  }, env);
  expect(hidden.code).toBe('safety.words');
});

test('the operator switches them off, and LoRA files apart', async () => {
  const off = anInstallationOf({ WORKFLOWS: 'no' });
  expect(off.readWorkflow).toBeUndefined();
  const context = { installation: off } as Parameters<typeof remake.run>[1];
  await expect(remake.run({ image: await aWorkflow() }, context)).rejects.toThrow(
    'Workflows that a picture carries are not run here.',
  );
  const noLoras = anInstallationOf({ LORAS: 'no' });
  expect(noLoras.loras?.()).toBeUndefined();
  expect(() => noLoras.findLora!('ink')).toThrow('switched off here');
});
