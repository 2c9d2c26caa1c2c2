/** What `npm run doctor` says of ComfyUI servers in DEVICES. */
import { expect, test } from 'vitest';
import { checkServers } from '../../../bot/ops/doctor-comfyui.ts';
import { comfyuiAddress, devicesHere } from '../../../config/settings.ts';
import { aComfyUi } from '../../standins/comfyui/a-comfyui.ts';

test('a server with a model, one without, and one that is not there', async () => {
  const [good, poor, gone] = [await aComfyUi(), await aComfyUi(), await aComfyUi()];
  poor.files = { ...poor.files, text_encoders: [] };
  await gone.stop();
  const devices = [good, poor, gone].map(({ address }) => `comfyui:${address}`);
  const findings = await checkServers({ devices, modelsDir: './models' }, fetch);
  expect(findings.map(({ about, state }) => [about, state])).toEqual([
    ['device comfyui:1', 'ok'],
    ['device comfyui:2', 'fault'],
    ['device comfyui:3', 'fault'],
  ]);
  expect(findings[0]!.text).toContain('turbo, large');
});

test('an address is one of a server, without a password and without a slash at its end', () => {
  expect(comfyuiAddress('comfyui:http://gpu:8188/')).toBe('http://gpu:8188');
  expect(comfyuiAddress('comfyui:https://gpu/comfy/')).toBe('https://gpu/comfy');
  expect(comfyuiAddress('comfyui:http://a:b@gpu')).toBeUndefined();
  expect(comfyuiAddress('cpu')).toBeUndefined();
  expect(devicesHere(['cpu', 'comfyui:http://gpu:8188'])).toEqual(['cpu']);
  expect(devicesHere(['comfyui:http://gpu:8188'])).toBe('auto');
});
