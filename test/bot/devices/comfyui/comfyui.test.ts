/** A ComfyUI that runs already, as a device: against a stand-in that speaks its protocol. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { elsewhere, fileElsewhere } from '../../../../bot/devices/elsewhere.ts';
import { readTextChunks } from '../../../../pipeline/image/png.ts';
import { aComfyUi } from '../../../standins/comfyui/a-comfyui.ts';
import { encodePlain } from '../../../standins/comfyui/draw.ts';
import { until } from '../../../until.ts';
import { aServerRequest, openComfyUi } from './open-comfyui.ts';

/** Only a hanging test takes so long. */

/** A promise that the test resolves. */
function aGate() {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

const aPicture = () =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .png()
    .toBuffer();

test('what it lists by the names of Stability AI is offered, with its encoders; nothing else is', async () => {
  const { watch } = await openComfyUi(await aComfyUi());
  expect(watch.models.map(({ entry, files }) => [entry.name, files.checkpoint, files.vae])).toEqual([
    ['turbo', 'elsewhere/sd3.5_large_turbo.safetensors', undefined],
    ['large', 'elsewhere/sd3.5_large.safetensors', 'elsewhere/sd3.5_vae.safetensors'],
  ]);
  expect(watch.isReady).toBe(true);
});

test('a model without its text encoders is not offered', async () => {
  const standin = await aComfyUi();
  standin.files = { ...standin.files, text_encoders: ['clip_l.safetensors'] };
  const { watch } = await openComfyUi(standin);
  expect(watch.models).toEqual([]);
  expect(watch.isReady).toBe(false);
});

test('a request is drawn there: its steps, previews and picture come back, with our own words on it', async () => {
  const standin = await aComfyUi();
  const { render, events, watch } = await openComfyUi(standin);
  const { pictures, timings } = await render(aServerRequest(watch, { prompt: 'a red boat' }));
  const { data, info } = await sharp(pictures[0]).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, data[0], data[1], data[2]]).toEqual([128, 64, 7, 100, 200]);
  expect(JSON.stringify(readTextChunks(pictures[0]!))).toContain('a red boat');
  const steps = events.filter((event) => event.type === 'step');
  expect(new Set(steps.map(({ index, total }) => `${index}/${total}`))).toEqual(
    new Set(['1/4', '2/4', '3/4', '4/4']),
  );
  expect(timings.step_ms).toHaveLength(4);
  const [begun] = standin.begun;
  const types = Object.values(begun!.nodes).map(({ class_type }) => class_type);
  expect(types).toContain('UNETLoader');
  // Nothing of anybody's stays in its folder of results, or in its history.
  expect(types).toContain('PreviewImage');
  expect(types).not.toContain('SaveImage');
  expect(standin.requests.at(-1)).toMatchObject({ path: '/history', body: { delete: [begun!.id] } });
});

test('a preview is shown as soon as it is decoded', async () => {
  const standin = await aComfyUi();
  const gate = aGate();
  standin.beforeStep = (_, step) => (step === 3 ? gate.closed : undefined);
  const { render, events, watch } = await openComfyUi(standin);
  const rendered = render(aServerRequest(watch));
  await until(() => events.some((event) => event.type === 'step' && event.preview?.width === 16));
  gate.open();
  await rendered;
});

test('start picture and mask are uploaded among its temporary files', async () => {
  const standin = await aComfyUi();
  const { render, watch } = await openComfyUi(standin);
  const [image, mask] = [await aPicture(), await aPicture()];
  const init = { image, mask, strength: 0.5, transparent: false };
  await render(aServerRequest(watch, { init }));
  expect([...standin.uploads.keys()].every((place) => place.startsWith('temp/darkroom/'))).toBe(true);
  expect([...standin.uploads.values()]).toContainEqual(image);
});

test('LoRA files go by the names that the server lists; one that it lacks is drawn elsewhere', async () => {
  const standin = await aComfyUi();
  const { render, watch, device } = await openComfyUi(standin);
  const request = aServerRequest(watch, { loras: [{ file: '/here/loras/Ink.safetensors', strength: 0.5 }] });
  expect(device.draws(request)).toBe(true);
  await render(request);
  const nodes = Object.values(standin.begun[0]!.nodes);
  expect(nodes.find(({ class_type }) => class_type === 'LoraLoader')?.inputs).toMatchObject({
    lora_name: 'styles\\ink.safetensors',
  });
  expect(device.draws({ ...request, loras: [{ file: '/here/other.safetensors', strength: 1 }] })).toBe(false);
  const files = { checkpoint: elsewhere('unknown.safetensors'), tokenizers: '' };
  expect(device.draws({ model: { name: 'unknown', files } })).toBe(false);
});

test('LoRA files and ControlNets that only the server has are told by its names, and drawn with', async () => {
  const standin = await aComfyUi();
  const { render, watch } = await openComfyUi(standin);
  expect(watch.files).toEqual({ loras: ['styles/ink'], controls: ['sd3.5_large_controlnet_canny'] });
  const [lora, controlNet] = [watch.files.loras[0]!, watch.files.controls[0]!];
  const image = await encodePlain({ width: 64, height: 64, seed: 1 });
  const request = aServerRequest(watch, {
    loras: [{ file: fileElsewhere(lora), strength: 0.5 }],
    control: { file: fileElsewhere(controlNet), image, strength: 1, edges: true },
  });
  expect(watch.draws(request)).toBe(true);
  await render(request);
  const nodes = Object.values(standin.begun[0]!.nodes);
  const inputsOf = (type: string) => nodes.find(({ class_type }) => class_type === type)?.inputs;
  expect(inputsOf('LoraLoader')).toMatchObject({ lora_name: 'styles\\ink.safetensors' });
  expect(inputsOf('ControlNetLoader')).toMatchObject({
    control_net_name: 'sd3.5_large_controlnet_canny.safetensors',
  });
});

test.each(['today', 'old'] as const)('cancelling stops our prompt and nobody else’s (%s)', async (age) => {
  const standin = await aComfyUi(age);
  const gate = aGate();
  const { render, watch } = await openComfyUi(standin);
  const other = aServerRequest(watch);
  // Somebody's by hand runs; ours waits behind it.
  standin.beforeStep = () => gate.closed;
  const nodes = {
    '1': { class_type: 'EmptySD3LatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
    '2': { class_type: 'KSampler', inputs: { steps: 2, seed: 1 } },
    '3': { class_type: 'SaveImage', inputs: {} },
  };
  const byHand = standin.handIn(nodes);
  const waiting = new AbortController();
  const first = render(other, waiting.signal);
  await until(() => standin.queue.length === 2);
  waiting.abort();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  expect(standin.queue).toEqual([byHand]);
  gate.open();
  await until(() => standin.ended.success.includes(byHand));

  // Ours runs, and somebody's waits behind it.
  const second = aGate();
  standin.beforeStep = () => second.closed;
  const running = new AbortController();
  const ours = render(aServerRequest(watch), running.signal);
  await until(() => standin.begun.length === 2);
  const next = standin.handIn(nodes);
  running.abort();
  await expect(ours).rejects.toMatchObject({ code: 'cancelled' });
  second.open();
  await until(() => standin.ended.success.includes(next));
  expect(standin.ended.interrupted).toEqual([standin.begun[1]!.id]);
});

test('a server of 2024 draws as well: it chooses ids itself and names folders otherwise', async () => {
  const standin = await aComfyUi('old');
  const { render, watch } = await openComfyUi(standin);
  const { pictures } = await render(aServerRequest(watch));
  expect(pictures).toHaveLength(1);
});

test('a lost websocket costs previews, not the picture', async () => {
  const standin = await aComfyUi();
  const gate = aGate();
  standin.beforeStep = (_, step) => (step === 2 ? gate.closed : undefined);
  const { render, watch, events } = await openComfyUi(standin);
  const rendered = render(aServerRequest(watch));
  await until(() => events.some(({ type }) => type === 'step'));
  standin.loseSockets();
  gate.open();
  expect((await rendered).pictures).toHaveLength(1);
});

test('a server that was started anew has forgotten the picture: it may be tried again', async () => {
  const standin = await aComfyUi();
  const gate = aGate();
  standin.beforeStep = () => gate.closed;
  const { render, watch } = await openComfyUi(standin);
  const rendered = render(aServerRequest(watch));
  await until(() => standin.begun.length === 1);
  await standin.stop();
  await standin.start();
  await expect(rendered).rejects.toMatchObject({ code: 'worker.crashed' });
});

test('a server that is gone is gone within ten seconds, and there again when it is back', async () => {
  const standin = await aComfyUi();
  const gate = aGate();
  standin.beforeStep = () => gate.closed;
  const { render, watch, device } = await openComfyUi(standin);
  const rendered = render(aServerRequest(watch));
  await until(() => standin.begun.length === 1);
  await standin.stop();
  await expect(rendered).rejects.toMatchObject({ code: 'worker.crashed' });
  expect(device.isReachable).toBe(false);
  await standin.start();
  await until(() => device.isReachable);
}, 60_000);

test('after a crash of ours the prompt is found again: nothing is drawn twice', async () => {
  const standin = await aComfyUi();
  const gate = aGate();
  standin.beforeStep = () => gate.closed;
  const before = await openComfyUi(standin);
  const request = aServerRequest(before.watch);
  const lost = before.render(request).catch((error: unknown) => error);
  await until(() => standin.begun.length === 1);
  await before.close();
  await lost;
  const after = await openComfyUi(standin);
  const rendered = after.render(request);
  gate.open();
  expect((await rendered).pictures).toHaveLength(1);
  expect(standin.begun).toHaveLength(1);
});

test('somebody who stops it there has stopped it: it is not tried again', async () => {
  const standin = await aComfyUi();
  const gate = aGate();
  standin.beforeStep = () => gate.closed;
  const { render, watch } = await openComfyUi(standin);
  const rendered = render(aServerRequest(watch));
  await until(() => standin.begun.length === 1);
  await fetch(`${standin.address}/interrupt`, { method: 'POST', body: '{}' });
  gate.open();
  await expect(rendered).rejects.toMatchObject({ code: 'comfyui.interrupted' });
});

test('its own words about a failure go to the log, and not to people', async () => {
  const standin = await aComfyUi();
  standin.mishap = () => ({ type: 'ValueError', message: 'at /home/me/ComfyUI/nodes.py' });
  const { render, watch, logged } = await openComfyUi(standin);
  const failed = render(aServerRequest(watch)).catch((error: Error) => error.message);
  expect(await failed).not.toContain('/home/me');
  expect(logged.join()).toContain('/home/me');
  standin.mishap = () => ({ type: 'torch.OutOfMemoryError', message: 'CUDA out of memory' });
  await expect(render(aServerRequest(watch))).rejects.toMatchObject({ code: 'worker.memory' });
});

test('a workflow that it refuses is told at once', async () => {
  const standin = await aComfyUi();
  const { render, watch, logged } = await openComfyUi(standin);
  standin.files = { ...standin.files, vae: [] };
  await expect(render(aServerRequest(watch))).rejects.toMatchObject({ code: 'comfyui.refused' });
  expect(logged.join()).toContain('value_not_in_list');
});

test.each([
  ['a picture of another size', () => encodePlain({ width: 64, height: 64, seed: 1 })],
  ['a picture of more pixels than were asked for', () => encodePlain({ width: 4096, height: 4096, seed: 1 })],
  ['no picture', async () => Buffer.from('<html>')],
  ['half a picture', async () => (await encodePlain({ width: 128, height: 64, seed: 1 })).subarray(0, 60)],
])('%s is no answer', async (_, picture) => {
  const standin = await aComfyUi();
  standin.picture = picture;
  const { render, watch } = await openComfyUi(standin);
  await expect(render(aServerRequest(watch))).rejects.toMatchObject({ code: 'comfyui.answer' });
});

test('a picture without end is not read to the end', async () => {
  const standin = await aComfyUi();
  standin.picture = async () => Buffer.alloc(20 * 2 ** 20);
  const { render, watch } = await openComfyUi(standin);
  await expect(render(aServerRequest(watch))).rejects.toMatchObject({ code: 'worker.crashed' });
});
