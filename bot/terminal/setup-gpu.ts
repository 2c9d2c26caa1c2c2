/**
 * `npm run setup:gpu`: puts the runtime's CUDA provider in place, and what it needs of CUDA where neither the system nor a
 * PyTorch has it. Everything goes to a folder of ours and beside the runtime; no Python environment is changed, and
 * `--remove` leaves nothing.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { bytesInWords, Fault } from '../../config/faults.ts';
import { DRIVER_LIBRARY, installed, missingLibraries, NOTE, PROVIDERS } from '../devices/gpu-libraries.ts';
import { download, sizeOfRest } from '../models/download.ts';
import type { HubFileInfo } from '../models/hub.ts';
import { findWheel, indexAddress } from './python-index.ts';
import { extractFromWheel } from './wheel.ts';

export interface SetUpWorld {
  readonly env: Environment;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  wait(ms: number): Promise<unknown>;
  /** Ours, for downloads and libraries. */
  readonly folder: string;
  /** Where the runtime lies, and its version. */
  readonly runtime: string;
  readonly version: string;
  /** Where systems keep libraries; their usual places without it. */
  readonly system?: readonly string[];
}

/** Which package brings a library, and the beginning of its version. */
const PACKAGES: Readonly<Record<string, readonly [name: string, version: string]>> = {
  'libcublas.so.13': ['nvidia-cublas', '13.'],
  'libcublasLt.so.13': ['nvidia-cublas', '13.'],
  'libcudart.so.13': ['nvidia-cuda-runtime', '13.'],
  'libcurand.so.10': ['nvidia-curand', '10.'],
  'libcufft.so.12': ['nvidia-cufft', '12.'],
  'libnvrtc.so.13': ['nvidia-cuda-nvrtc', '13.'],
  'libnvJitLink.so.13': ['nvidia-nvjitlink', '13.'],
  'libcudnn.so.9': ['nvidia-cudnn-cu13', '9.'],
};

/** @throws Fault gpu.*, pull.*, cancelled */
export async function setUpGpu(world: SetUpWorld): Promise<void> {
  const { folder, runtime, version, say } = world;
  mkdirSync(folder, { recursive: true });
  const index = indexAddress(world.env);
  const [, cuda] = PROVIDERS;
  const providers = [...installed(folder).providers];
  if (!existsSync(path.join(runtime, cuda))) {
    const wheel = await findWheel(index, 'onnxruntime-gpu', version, world);
    say(`The runtime's CUDA provider ${version}: ${wheel.path}, ${bytesInWords(wheel.size)}.`);
    const file = await fetched(wheel, world);
    const lib = path.join(folder, 'provider');
    await extractFromWheel(file, (name) =>
      PROVIDERS.some((one) => name === `onnxruntime/capi/${one}`) ||
      name.endsWith('/onnxruntime_pybind11_state.so')
        ? path.join(lib, path.basename(name))
        : undefined,
    );
    proveSameBuild(lib, runtime, file);
    for (const name of PROVIDERS) {
      copyFileSync(path.join(lib, name), path.join(runtime, name));
      providers.push(path.join(runtime, name));
    }
    rmSync(lib, { recursive: true });
    rmSync(file);
  }
  const folders = [...new Set([...installed(folder).folders, ...pytorchFolders(world.env)])];
  const missing = () =>
    missingLibraries({ runtime, folders }, world.system).filter((name) => name !== DRIVER_LIBRARY);
  const wheels = new Map<string, HubFileInfo>();
  for (const name of missing()) {
    const known = PACKAGES[name];
    if (!known) throw new Fault('gpu.unknown_library', { library: name });
    if (!wheels.has(known[0])) wheels.set(known[0], await findWheel(index, ...known, world));
  }
  const total = [...wheels.values()].reduce((sum, wheel) => sum + restOf(wheel, world), 0);
  if (wheels.size > 0)
    say(
      `CUDA's libraries that are not found here: ${[...wheels.keys()].join(', ')}, ${bytesInWords(total)}.`,
    );
  const own = path.join(folder, 'lib');
  for (const wheel of wheels.values()) {
    const file = await fetched(wheel, world);
    await extractFromWheel(file, (name) =>
      /^nvidia\/.*\/lib\/lib[^/]+\.so[^/]*$/.test(name) ? path.join(own, path.basename(name)) : undefined,
    );
    rmSync(file);
  }
  if (wheels.size > 0) folders.unshift(own);
  const used = [...new Set(folders)];
  writeFileSync(path.join(folder, NOTE), JSON.stringify({ providers, folders: used }, null, 2));
  const still = missingLibraries({ runtime, folders: used }, world.system);
  say(
    still.length === 0
      ? 'Everything that CUDA needs is in place.'
      : `Still not found: ${still.join(', ')}${still.includes(DRIVER_LIBRARY) ? ` (${DRIVER_LIBRARY} comes with NVIDIA's driver)` : ''}.`,
  );
}

/** Takes away what was put in place. */
export function removeGpu({ folder, say }: Pick<SetUpWorld, 'folder' | 'say'>): void {
  for (const file of installed(folder).providers) rmSync(file, { force: true });
  rmSync(folder, { recursive: true, force: true });
  say('What npm run setup:gpu had put in place is removed.');
}

function restOf(wheel: HubFileInfo, { folder }: SetUpWorld): number {
  return sizeOfRest(path.join(folder, wheel.path), wheel);
}

async function fetched(wheel: HubFileInfo, world: SetUpWorld): Promise<string> {
  const to = path.join(world.folder, wheel.path);
  const hub = { endpoint: new URL(wheel.url).origin };
  let told = 0;
  await download(wheel, to, { ...world, hub }, (done) => {
    if (done - told < wheel.size / 10 && done < wheel.size) return;
    told = done;
    world.say(`  ${wheel.path}: ${bytesInWords(done)} of ${bytesInWords(wheel.size)}`);
  });
  return to;
}

const COMMIT = /git-commit-id=([0-9a-f]{7,40})/;

/** A provider of another build would crash or compute nonsense: both tell the commit that they were made of. */
function proveSameBuild(lib: string, runtime: string, wheel: string): void {
  const commitOf = (file: string) => COMMIT.exec(readFileSync(file).toString('latin1'))?.[1];
  const ours = commitOf(path.join(runtime, 'libonnxruntime.so.1'));
  const theirs = commitOf(path.join(lib, 'onnxruntime_pybind11_state.so'));
  if (ours !== undefined && theirs !== undefined && ours === theirs) return;
  rmSync(lib, { recursive: true, force: true });
  const problem = `it is of another build (${theirs ?? 'unknown'}) than the runtime (${ours ?? 'unknown'})`;
  throw new Fault('gpu.wheel', { file: path.basename(wheel), problem });
}

/** CUDA's libraries in Python environments with PyTorch: the one that is active, and ComfyUI's. */
export function pytorchFolders(env: Environment): string[] {
  const comfy = env.COMFYUI_DIR?.trim();
  const roots = [
    env.VIRTUAL_ENV,
    env.CONDA_PREFIX,
    ...(comfy
      ? ['venv', '.venv', 'env', '../venv', '../.venv', '../python_embeded'].map((name) =>
          path.join(comfy, name),
        )
      : []),
  ].filter((root) => root !== undefined && root !== '');
  return roots.flatMap((root) =>
    list(path.join(root!, 'lib'))
      .filter((name) => name.startsWith('python'))
      .flatMap((name) => {
        const nvidia = path.join(root!, 'lib', name, 'site-packages/nvidia');
        return list(nvidia).map((part) => path.join(nvidia, part, 'lib'));
      })
      .filter((folder) => existsSync(folder)),
  );
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
