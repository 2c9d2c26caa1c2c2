/** Requests to a ComfyUI server: each with an end in time and in bytes; what it answers is parsed by whoever asked. */
import type { Clock } from '../../time/clock.ts';

/** Milliseconds for a whole answer. */
const PATIENCE = 15_000;
/** Bytes of an answer in JSON: the history of one prompt and lists of files take some hundred kilobytes. */
const JSON_BYTES = 8 * 1024 * 1024;

export interface ComfyHttp {
  /** Undefined where it answers 404. @throws Error on any other status but 200, no JSON, too much of it, or no answer */
  json(path: string): Promise<unknown>;
  /** @returns the status and what was answered, undefined where that is no JSON */
  post(path: string, body: unknown): Promise<{ status: number; body: unknown }>;
  upload(bytes: Uint8Array, name: string, fields: Readonly<Record<string, string>>): Promise<unknown>;
  /** @throws Error for more bytes than that */
  bytes(path: string, most: number): Promise<Uint8Array>;
}

/** @param address without a slash at its end */
export function openComfyHttp(address: string, fetch: typeof globalThis.fetch, clock: Clock): ComfyHttp {
  async function ask(
    path: string,
    init: RequestInit,
    most: number,
  ): Promise<{ status: number; body: Buffer }> {
    const control = new AbortController();
    const stop = clock.after(PATIENCE, () => control.abort(new Error('no answer in time')));
    try {
      // A server that sends us elsewhere would have us ask other machines in its place.
      const response = await fetch(address + path, { ...init, redirect: 'error', signal: control.signal });
      return { status: response.status, body: await readAtMost(response, most) };
    } finally {
      stop();
    }
  }

  async function askWell(path: string, init: RequestInit, most: number): Promise<Buffer | undefined> {
    const { status, body } = await ask(path, init, most);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${path} was answered with status ${status}`);
    return body;
  }

  return {
    async json(path) {
      const body = await askWell(path, {}, JSON_BYTES);
      return body && JSON.parse(body.toString('utf8'));
    },
    async post(path, value) {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(value),
      };
      const { status, body } = await ask(path, init, JSON_BYTES);
      return { status, body: asJson(body) };
    },
    async upload(bytes, name, fields) {
      const form = new FormData();
      form.set('image', new Blob([Buffer.from(bytes)]), name);
      for (const [field, value] of Object.entries(fields)) form.set(field, value);
      const body = await askWell('/upload/image', { method: 'POST', body: form }, JSON_BYTES);
      return body && JSON.parse(body.toString('utf8'));
    },
    async bytes(path, most) {
      const body = await askWell(path, {}, most);
      if (body === undefined) throw new Error('a picture is not there any more');
      return body;
    },
  };
}

async function readAtMost({ body }: Response, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > most) throw new Error(`an answer of more than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function asJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
