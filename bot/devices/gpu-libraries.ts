/**
 * The libraries of CUDA: the runtime's provider, which has to lie beside the runtime, and what that needs. What
 * `npm run setup:gpu` has put in place is written down in a folder of ours, so that a worker is told where to look.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { findLibrary, neededLibraries } from './shared-libraries.ts';

/** Where files of ours go, and the note about them. */
export const GPU_FOLDER = path.resolve(import.meta.dirname, '../../gpu');
export const NOTE = 'installed.json';

export const PROVIDERS = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** Opened late by the provider, so that its header does not name it. */
const OPENED_LATER = ['libcudnn.so.9'];
/** Belongs to the driver: nobody else can bring it. */
export const DRIVER_LIBRARY = 'libcuda.so.1';

export interface Installed {
  /** Files beside the runtime that are ours. */
  readonly providers: readonly string[];
  /** Folders of CUDA's libraries: ours, or those of a PyTorch that was found. */
  readonly folders: readonly string[];
}

export function runtimeFolder(): string {
  const main = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return path.join(main, 'bin/napi-v6', process.platform, process.arch);
}

/** What `npm run setup:gpu` put in place; nothing where it did not run, or its note cannot be read. */
export function installed(folder = GPU_FOLDER): Installed {
  try {
    const { providers, folders } = JSON.parse(readFileSync(path.join(folder, NOTE), 'utf8')) as Installed;
    return { providers, folders };
  } catch {
    return { providers: [], folders: [] };
  }
}

/** Folders that a worker's libraries are looked for in, before the system's. */
export function libraryFolders(folder = GPU_FOLDER): string[] {
  const given = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((one) => one !== '');
  return [...installed(folder).folders, ...given];
}

/** What CUDA lacks here: names of libraries, the provider first; none where everything is found. */
export function missingLibraries(
  {
    runtime = runtimeFolder(),
    folders = libraryFolders(),
  }: { runtime?: string; folders?: readonly string[] } = {},
  system?: readonly string[],
): string[] {
  const absent = PROVIDERS.filter((name) => !existsSync(path.join(runtime, name)));
  const [, cuda] = PROVIDERS;
  if (absent.includes(cuda)) return absent;
  const needed = [...neededLibraries(path.join(runtime, cuda)), ...OPENED_LATER];
  const others = needed.filter((name) => /^lib(cu|nv)/.test(name));
  return [...absent, ...new Set(others.filter((name) => findLibrary(name, folders, system) === undefined))];
}
