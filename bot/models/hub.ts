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

/**
 * Length and digest as huggingface_hub learns them, from the headers before the redirect to the store; a hub that does not
 * send them is asked for the list of the folder.
 * @throws Fault pull.*
 */
export async function lookUp(
  hub: HubAddress,
  repository: string,
  path: string,
  world: Fetching,
): Promise<HubFileInfo> {
  const url = `${hub.endpoint}/${repository}/resolve/main/${path}`;
  const { status, headers } = await ask(url, hub, world, { method: 'HEAD', redirect: 'manual' });
  if (status >= 400 && status !== 405 && status !== 501) throw refusal(status, hub, repository, path);
  const size = Number(
    headers.get('x-linked-size') ??
      (status === 200 ? headers.get('content-length') : Number.NaN) ??
      Number.NaN,
  );
  const sha256 = digestIn(headers.get('x-linked-etag'));
  if (Number.isSafeInteger(size) && sha256 !== undefined) return { repository, path, url, size, sha256 };
  return listed(hub, { repository, path, url }, world);
}

/** LFS files carry their sha256 as their tag; other tags are not as long. */
function digestIn(tag: string | null): string | undefined {
  const text = tag
    ?.replace(/^W\//, '')
    .replaceAll('"', '')
    .replace(/^sha256:/, '');
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

type Listed = { path?: unknown; size?: unknown; lfs?: { oid?: unknown; size?: unknown } };

async function listed(
  hub: HubAddress,
  file: Pick<HubFileInfo, 'repository' | 'path' | 'url'>,
  world: Fetching,
): Promise<HubFileInfo> {
  const { repository, path } = file;
  const folder = path.includes('/') ? `/${path.slice(0, path.lastIndexOf('/'))}` : '';
  const response = await ask(`${hub.endpoint}/api/models/${repository}/tree/main${folder}`, hub, world);
  if (!response.ok) throw refusal(response.status, hub, repository, path);
  let entries: unknown;
  try {
    entries = await response.json();
  } catch (error) {
    throw unreachable(hub, 'its answer is not JSON', error);
  }
  const entry = Array.isArray(entries) ? (entries as Listed[]).find((one) => one.path === path) : undefined;
  if (entry === undefined) throw new Fault('pull.not_there', { repository, path, endpoint: hub.endpoint });
  const size = Number(entry.lfs?.size ?? entry.size);
  if (!Number.isSafeInteger(size) || size < 0) throw unreachable(hub, `it gives ${path} no size`);
  const sha256 = typeof entry.lfs?.oid === 'string' ? digestIn(entry.lfs.oid) : undefined;
  return { ...file, size, ...(sha256 === undefined ? {} : { sha256 }) };
}

async function ask(
  address: string,
  hub: HubAddress,
  { fetch, signal }: Fetching,
  how: RequestInit = {},
): Promise<Response> {
  try {
    return await fetch(address, { ...how, headers: authorization(hub), signal });
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
