import { expect, test } from 'vitest';
import { chooseDevices, type Probe, probeDevice } from '../../../bot/devices/choose-devices.ts';

/** A machine with these devices; remembers what was tried. */
function machine(...working: string[]): { probe: Probe; tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    async probe(device) {
      tried.push(device);
      return working.includes(device) ? undefined : 'it is not there';
    },
  };
}

test('every CUDA device that works serves, and nothing else is tried', async () => {
  const { probe, tried } = machine('cuda:0', 'cuda:1', 'webgpu');
  expect(await chooseDevices('auto', 'DEVICES', probe)).toEqual({
    devices: ['cuda:0', 'cuda:1'],
    refused: [],
  });
  expect(tried).toEqual(['cuda:0', 'cuda:1', 'cuda:2']);
});

test('without CUDA it is WebGPU, without either the processor', async () => {
  const reason = 'it is not there';
  expect(await chooseDevices('auto', 'DEVICES', machine('webgpu').probe)).toEqual({
    devices: ['webgpu'],
    refused: [{ device: 'cuda:0', reason }],
  });
  expect(await chooseDevices('auto', 'DEVICES', machine().probe)).toEqual({
    devices: ['cpu'],
    refused: [
      { device: 'cuda:0', reason },
      { device: 'webgpu', reason },
    ],
  });
});

test('named devices are tried, and one that does not work is refused with the reason', async () => {
  const { probe } = machine('cuda:1');
  expect((await chooseDevices(['cuda:1', 'cpu', 'cpu'], 'DEVICES', probe)).devices).toEqual([
    'cuda:1',
    'cpu',
    'cpu',
  ]);
  await expect(chooseDevices(['cuda:0'], '--device', probe)).rejects.toMatchObject({
    blame: 'input',
    message: '--device is "cuda:0", which does not work here: it is not there.',
  });
});

test('the self-test passes on the processor, in a process of its own', async () => {
  expect(await probeDevice('cpu', true)).toBeUndefined();
});
