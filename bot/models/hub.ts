/**
 * The Hugging Face hub's protocol as far as fetching needs it: where a file is, how long, its sha256, and what a refusal
 * means. `GET /api/models/REPO/tree/REVISION/FOLDER` lists files with their LFS digests; `/REPO/resolve/REVISION/PATH`
 * leads, over redirects to a store, to the bytes.
 */
import type { Environment } from '../../config/environment.ts';
import { readToken, readUrl } from '../../config/environment.ts';
import { Fault } from '../../config/faults.ts';

const DEFAULT_ENDPOINT = 'https://huggingface.co';

export interface HubAddress {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token?: string;
}

export interface HubFileInfo {
  readonly repository: string;
  readonly path: string;
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal; absent for small files that are not in LFS. */
  readonly sha256?: string;
}

/** @throws Fault settings.value */
export function hubAddress(env: Environment): HubAddress {
  const token = readToken('HF_TOKEN', env.HF_TOKEN?.trim() || undefined);
  const endpoint = readUrl('HF_ENDPOINT', env.HF_ENDPOINT?.trim() || undefined, DEFAULT_ENDPOINT);
  return { endpoint, ...(token === undefined ? {} : { token }) };
}

export interface Fetching {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/** @throws Fault pull.* */
export async function lookUp(
  hub: HubAddress,
  repository: string,
  path: string,
  world: Fetching,
): Promise<HubFileInfo> {
  const folder = path.includes('/') ? `/${path.slice(0, path.lastIndexOf('/'))}` : '';
  const address = `${hub.endpoint}/api/models/${repository}/tree/main${folder}`;
  const response = await ask(address, hub, world);
  if (!response.ok) throw refusal(response.status, hub, repository, path);
  let entries: unknown;
  try {
    entries = await response.json();
  } catch (error) {
    throw unreachable(hub, 'its answer is not JSON', error);
  }
  const entry = Array.isArray(entries)
    ? (entries as { path?: unknown; size?: unknown; lfs?: { oid?: unknown; size?: unknown } }[]).find(
        (one) => one.path === path,
      )
    : undefined;
  if (entry === undefined) throw new Fault('pull.not_there', { repository, path, endpoint: hub.endpoint });
  const size = Number(entry.lfs?.size ?? entry.size);
  const oid = typeof entry.lfs?.oid === 'string' ? entry.lfs.oid.replace(/^sha256:/, '') : undefined;
  if (!Number.isSafeInteger(size) || size < 0) throw unreachable(hub, `it gives ${path} no size`);
  const url = `${hub.endpoint}/${repository}/resolve/main/${path}`;
  return { repository, path, url, size, ...(oid && /^[0-9a-f]{64}$/.test(oid) ? { sha256: oid } : {}) };
}

async function ask(address: string, hub: HubAddress, { fetch, signal }: Fetching): Promise<Response> {
  try {
    return await fetch(address, { headers: authorization(hub), signal });
  } catch (error) {
    if (signal.aborted) throw new Fault('cancelled', {}, error);
    throw unreachable(hub, reasonOf(error), error);
  }
}

export function authorization({ token }: HubAddress): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

export function unreachable({ endpoint }: HubAddress, problem: string, cause?: unknown): Fault {
  return new Fault('pull.unreachable', { endpoint, problem }, cause);
}

/** What a status means for whoever wants the file. */
export function refusal(status: number, hub: HubAddress, repository: string, path: string): Fault {
  const page = `${hub.endpoint}/${repository}`;
  if (status === 401)
    return new Fault(hub.token === undefined ? 'pull.gated' : 'pull.token', {
      page,
      tokens: `${hub.endpoint}/settings/tokens`,
    });
  if (status === 403) return new Fault('pull.gated', { page, tokens: `${hub.endpoint}/settings/tokens` });
  if (status === 404) return new Fault('pull.not_there', { repository, path, endpoint: hub.endpoint });
  return unreachable(hub, `it answers with status ${status}`);
}

/** The innermost reason of a failed request: `ECONNREFUSED`, not "fetch failed". */
export function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message?: string };
  if (cause instanceof Error) return reasonOf(cause);
  return code ?? message ?? String(error);
}
