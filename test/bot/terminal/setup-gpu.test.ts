import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { installed, PROVIDERS } from '../../../bot/devices/gpu-libraries.ts';
import { removeGpu, setUpGpu } from '../../../bot/terminal/setup-gpu.ts';
import { elfThatNeeds } from '../devices/an-elf.ts';
import { openIndex, wheelOf } from './a-python-index.ts';

const [SHARED, CUDA] = PROVIDERS;
const COMMIT = 'git-commit-id=f2c39fe2f, build type=Release';
const NEEDED = ['libcublas.so.13', 'libcublasLt.so.13', 'libcudart.so.13', 'libcuda.so.1'];

/** More than one connection's worth, and not to be pressed together. */
const noise = randomBytes(200_000);

function providerWheel(commit = COMMIT, spoil = {}) {
  const files = {
    [`onnxruntime/capi/${SHARED}`]: elfThatNeeds([]),
    [`onnxruntime/capi/${CUDA}`]: Buffer.concat([elfThatNeeds(NEEDED), noise]),
    'onnxruntime/capi/onnxruntime_pybind11_state.so': Buffer.from(`ORT Build Info: ${commit}`),
    'onnxruntime/__init__.py': Buffer.from('evil()'),
  };
  return { 'onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_27_x86_64.whl': wheelOf(files, spoil) };
}

const library = (name: string) => wheelOf({ [`nvidia/cu13/lib/${name}`]: Buffer.from(name) });
const both = wheelOf({
  'nvidia/cu13/lib/libcublas.so.13': Buffer.from('a'),
  'nvidia/cu13/lib/libcublasLt.so.13': Buffer.from('b'),
});

async function machine(provider: Record<string, Buffer> = providerWheel()) {
  const root = mkdtempSync(path.join(tmpdir(), 'darkroom-setup-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [folder, runtime, system] = ['gpu', 'runtime', 'system'].map((name) => path.join(root, name));
  for (const one of [runtime!, system!]) mkdirSync(one);
  writeFileSync(path.join(runtime!, 'libonnxruntime.so.1'), `ORT Build Info: ${COMMIT}`);
  writeFileSync(path.join(system!, 'libcuda.so.1'), '');
  const index = await openIndex({
    'onnxruntime-gpu': {
      ...provider,
      'onnxruntime_gpu-1.31.0-cp312-cp312-manylinux_2_27_x86_64.whl': library('newer'),
    },
    'nvidia-cublas': { 'nvidia_cublas-13.0.2.14-py3-none-manylinux_2_27_x86_64.whl': both },
    'nvidia-cuda-runtime': {
      'nvidia_cuda_runtime-13.0.9-py3-none-manylinux1_x86_64.whl': library('wrong'),
      'nvidia_cuda_runtime-13.0.48-py3-none-manylinux1_x86_64.whl': library('libcudart.so.13'),
      'nvidia_cuda_runtime-13.0.48-py3-none-win_amd64.whl': library('windows'),
      'nvidia_cuda_runtime-14.0.0-py3-none-manylinux1_x86_64.whl': library('next'),
    },
    'nvidia-cudnn-cu13': {
      'nvidia_cudnn_cu13-9.13.0.50-py3-none-manylinux_2_27_x86_64.whl': library('libcudnn.so.9'),
    },
  });
  onTestFinished(() => void index.close());
  const said: string[] = [];
  const world = {
    env: { PIP_INDEX_URL: index.address } as Record<string, string>,
    fetch: globalThis.fetch,
    signal: new AbortController().signal,
    say: (line: string) => said.push(line),
    wait: async () => {},
    folder: folder!,
    runtime: runtime!,
    version: '1.30.0',
    system: [system!],
  };
  return { world, index, said, own: path.join(folder!, 'lib'), root };
}

test('the provider of the runtime’s own build and all that it lacks are put in place, and taken away again', async () => {
  const { world, said, own, index } = await machine();
  await setUpGpu(world);
  expect(readdirSync(world.runtime).sort()).toEqual(['libonnxruntime.so.1', CUDA, SHARED].sort());
  expect(readdirSync(own).sort()).toEqual([
    'libcublas.so.13',
    'libcublasLt.so.13',
    'libcudart.so.13',
    'libcudnn.so.9',
  ]);
  expect(readFileSync(path.join(own, 'libcudart.so.13'), 'utf8')).toBe('libcudart.so.13');
  expect(installed(world.folder).folders).toEqual([own]);
  expect(said[0]).toMatch(/^The runtime's CUDA provider 1\.30\.0: onnxruntime_gpu-1\.30\.0.*, \d/);
  expect(said.at(-1)).toBe('Everything that CUDA needs is in place.');
  // Nothing is fetched twice, and no wheel is kept.
  const before = index.requests.length;
  await setUpGpu(world);
  expect(index.requests.length).toBe(before);
  expect(readdirSync(world.folder).filter((name) => name.includes('.whl'))).toEqual([]);

  removeGpu(world);
  expect(readdirSync(world.runtime)).toEqual(['libonnxruntime.so.1']);
  expect(existsSync(world.folder)).toBe(false);
});

test('a download that breaks off goes on where it ended', async () => {
  const { world, index } = await machine();
  index.cutAfter(70_000);
  await setUpGpu(world);
  const [again] = index.requests.filter(({ range }) => range !== undefined);
  expect(Number(/\d+/.exec(again!.range!)![0])).toBeGreaterThan(0);
  expect(existsSync(path.join(world.runtime, CUDA))).toBe(true);
});

test('CUDA in ComfyUI’s PyTorch is used where it lies', async () => {
  const { world, index, root } = await machine();
  const nvidia = path.join(root, 'ComfyUI/venv/lib/python3.12/site-packages/nvidia/cu13/lib');
  mkdirSync(nvidia, { recursive: true });
  for (const name of [...NEEDED, 'libcudnn.so.9']) writeFileSync(path.join(nvidia, name), '');
  await setUpGpu({ ...world, env: { ...world.env, COMFYUI_DIR: path.join(root, 'ComfyUI') } });
  expect(installed(world.folder).folders).toEqual([nvidia]);
  expect(index.requests.every(({ url }) => url.includes('onnxruntime-gpu'))).toBe(true);
});

test('a provider of another build is not trusted', async () => {
  const { world } = await machine(providerWheel('git-commit-id=0123456789'));
  await expect(setUpGpu(world)).rejects.toThrow(
    /another build \(0123456789\) than the runtime \(f2c39fe2f\)/,
  );
  expect(readdirSync(world.runtime)).toEqual(['libonnxruntime.so.1']);
});

test('a file that is not what the package’s record says is not trusted', async () => {
  const { world } = await machine(
    providerWheel(COMMIT, { [`onnxruntime/capi/${CUDA}`]: Buffer.from('changed') }),
  );
  await expect(setUpGpu(world)).rejects.toThrow(/is not what its RECORD says/);
  expect(existsSync(path.join(world.runtime, CUDA))).toBe(false);
});

test('an index that cannot be reached is told with the way to name another', async () => {
  const { world } = await machine();
  const env = { PIP_INDEX_URL: 'http://127.0.0.1:9/simple' };
  await expect(setUpGpu({ ...world, env })).rejects.toThrow(/PIP_INDEX_URL may name another/);
});

test('without the driver it is said that nobody else can bring it', async () => {
  const { world, said } = await machine();
  rmSync(path.join(world.system[0]!, 'libcuda.so.1'));
  await setUpGpu(world);
  expect(said.at(-1)).toBe("Still not found: libcuda.so.1 (libcuda.so.1 comes with NVIDIA's driver).");
});
