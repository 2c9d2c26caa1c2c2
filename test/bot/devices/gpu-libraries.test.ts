import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { missingLibraries, PROVIDERS, runtimeFolder } from '../../../bot/devices/gpu-libraries.ts';
import { missingCuda, refusal } from '../../../bot/devices/refusals.ts';
import { neededLibraries } from '../../../bot/devices/shared-libraries.ts';
import { elfThatNeeds } from './an-elf.ts';

/** What pip's onnxruntime-gpu 1.30.0 asks for, besides the C library. */
const NEEDED = ['libcublasLt.so.13', 'libcublas.so.13', 'libcudart.so.13', 'libcurand.so.10', 'libcuda.so.1'];
const ALL = [...NEEDED, 'libcudnn.so.9'];

function machine() {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-cuda-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [runtime, cuda] = [path.join(folder, 'runtime'), path.join(folder, 'cuda')];
  for (const one of [runtime, cuda]) mkdirSync(one);
  writeFileSync(path.join(runtime, PROVIDERS[0]), elfThatNeeds(['libc.so.6']));
  writeFileSync(path.join(runtime, PROVIDERS[1]), elfThatNeeds(['libc.so.6', ...NEEDED]));
  for (const name of ALL) writeFileSync(path.join(cuda, name), '');
  const reason = () => missingCuda('linux', () => missingLibraries({ runtime, folders: [cuda] }, []));
  return { runtime, cuda, reason };
}

test('each library that is taken away is named, and nothing else', () => {
  const { cuda, reason } = machine();
  expect(reason()).toBeUndefined();
  for (const name of ALL) {
    rmSync(path.join(cuda, name));
    expect(reason()).toContain(name);
    for (const other of ALL.filter((one) => one !== name)) expect(reason()).not.toMatch(`${other} `);
    writeFileSync(path.join(cuda, name), '');
  }
  expect(reason()).toBeUndefined();
});

test('of several, the first is named and the others are counted', () => {
  const { cuda, reason } = machine();
  rmSync(path.join(cuda, 'libcublas.so.13'));
  rmSync(path.join(cuda, 'libcudnn.so.9'));
  expect(reason()).toBe('the library libcublas.so.13 and 1 more is not found (npm run setup:gpu brings it)');
});

test('without the provider, that is what is said', () => {
  const { runtime, reason } = machine();
  rmSync(path.join(runtime, PROVIDERS[1]));
  expect(reason()).toContain('CUDA provider is not installed');
});

test('the driver is not something that setup:gpu brings', () => {
  const { cuda, reason } = machine();
  rmSync(path.join(cuda, 'libcuda.so.1'));
  expect(reason()).toBe("NVIDIA's driver is not installed: libcuda.so.1 is not found");
});

test('a real library is read: the runtime asks for the C library', () => {
  if (process.platform !== 'linux') return;
  expect(neededLibraries(path.join(runtimeFolder(), 'libonnxruntime.so.1'))).toContain('libc.so.6');
  expect(neededLibraries(import.meta.filename)).toEqual([]);
});

test.each([
  ['CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1', '580 or newer'],
  ['CUDA failure 209: no kernel image is available for execution on the device', 'RTX 20 and newer'],
  ['CUDA failure 101: invalid device ordinal', 'no card of this number'],
  ['CUDA failure 100: no CUDA-capable device is detected', 'no NVIDIA card'],
  ['CUDA failure 2: out of memory', 'memory is full'],
])('%s is said in words', (said, words) => {
  expect(refusal(said, '')).toContain(words);
});

test('the library that the loader names on the standard error is what people hear', () => {
  const said = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library.';
  const heard = 'dlopen: libcufft.so.12: cannot open shared object file: No such file or directory';
  expect(refusal(said, heard)).toBe('the library libcufft.so.12 is not found (npm run setup:gpu brings it)');
  expect(refusal(said, '')).toBe(
    'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
  );
});

test('on other systems CUDA is refused with what to take there', () => {
  expect(missingCuda('win32')).toContain('dml');
  expect(missingCuda('darwin')).toContain('coreml');
});
