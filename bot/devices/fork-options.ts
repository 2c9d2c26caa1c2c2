/** How processes of the pipeline are started: a runner for TypeScript, and an environment without our secrets. */
import type { ForkOptions } from 'node:child_process';
import { libraryFolders } from './gpu-libraries.ts';

/** Our own environment holds tokens; a worker gets only what finds libraries, folders and devices. */
const PASSED_ON =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_.*|TZ|LD_LIBRARY_PATH|CUDA_.*|NVIDIA_.*|VK_.*|XDG_.*|NODE_ENV)$/;

/**
 * What glibc's malloc reads at start-up (other systems ignore it). By itself it soon keeps blocks of up to 32 MB for
 * later, and the VAE's strips fragment there: decoding 512x512 peaks at 1049 MB instead of 395. Blocks of 1 MB and
 * more go back at once instead, and large pages make fetching them anew cheap (15 % of the decoding's CPU time).
 */
const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** The loader reads where to look when a process starts. */
function foldersOfCuda(): Record<string, string> {
  const folders = process.platform === 'linux' ? libraryFolders() : [];
  return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') };
}

/** @param entry absolute path of the program */
export function forkOptions(entry: string): ForkOptions {
  return {
    serialization: 'advanced',
    execArgv: entry.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [],
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
      ...foldersOfCuda(),
      ...ALLOCATOR,
      ORT_DISABLE_TELEMETRY: '1',
    },
  };
}
