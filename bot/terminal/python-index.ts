/** Looks up wheels in a Python package index (PEP 691's JSON), so that nobody needs Python for it. */
import { type Environment, readUrl } from '../../config/environment.ts';
import { Fault } from '../../config/faults.ts';
import type { HubFileInfo } from '../models/hub.ts';

const DEFAULT_INDEX = 'https://pypi.org/simple';
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** `PIP_INDEX_URL`, as pip has it. @throws Fault settings.value */
export function indexAddress(env: Environment): string {
  return readUrl('PIP_INDEX_URL', env.PIP_INDEX_URL?.trim() || undefined, DEFAULT_INDEX);
}

interface ListedFile {
  readonly filename: string;
  readonly url: string;
  readonly size?: number;
  readonly hashes: { readonly sha256?: string };
}

/**
 * The wheel of a package for Linux x64: the newest whose version begins so (`13.`), or is that.
 * @throws Fault gpu.index
 */
export async function findWheel(
  index: string,
  name: string,
  version: string,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<HubFileInfo> {
  const address = `${index}/${name}/`;
  const failed = (problem: string) => new Fault('gpu.index', { index, name, problem });
  const answer = await fetch(address, { headers: { accept: JSON_TYPE }, signal }).catch((error: unknown) => {
    throw failed(
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error),
    );
  });
  if (!answer.ok) throw failed(`it answers with status ${answer.status}`);
  const files = ((await answer.json().catch(() => ({}))) as { files?: readonly ListedFile[] }).files;
  if (!Array.isArray(files)) throw failed('its answer is no list of files');
  const fits = (files as readonly ListedFile[]).flatMap((file) => {
    const [, of, , , platform] = file.filename.replace(/\.whl$/, '').split('-');
    const isOurs = file.filename.endsWith('.whl') && /manylinux.*x86_64/.test(platform ?? '');
    const isVersion = of !== undefined && (version.endsWith('.') ? of.startsWith(version) : of === version);
    return isOurs && isVersion && /^[\d.]+$/.test(of) ? [{ ...file, of }] : [];
  });
  const best = fits.sort((a, b) => compareVersions(a.of, b.of)).at(-1);
  if (!best) throw failed(`it has no wheel of version ${version} for Linux x64`);
  const { sha256 } = best.hashes;
  if (sha256 === undefined || best.size === undefined) throw failed('it tells neither size nor sha256');
  return {
    repository: name,
    path: best.filename,
    url: new URL(best.url, address).href,
    size: best.size,
    sha256,
  };
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
