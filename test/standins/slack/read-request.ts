/** What the stand-in reads of a request: url-encoded, JSON or multipart, into one object of arguments. */
import type { IncomingMessage } from 'node:http';
import { type Json, type JsonObject, Refusal, refusalWith } from './shapes.ts';

export interface ReadRequest {
  readonly args: JsonObject;
  /** The bytes of a multipart file or of a bare body. */
  readonly bytes: Uint8Array | undefined;
}

export async function readRequest(request: IncomingMessage): Promise<ReadRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  const query = new URL(request.url ?? '/', 'http://x').searchParams;
  const args: JsonObject = Object.fromEntries(query);
  if (type.startsWith('multipart/')) {
    const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
    let bytes: Uint8Array | undefined;
    for (const [name, value] of form) {
      if (typeof value === 'string') args[name] = value;
      else bytes = new Uint8Array(await value.arrayBuffer());
    }
    return { args, bytes };
  }
  if (type.startsWith('application/json')) {
    const body = raw.length === 0 ? {} : parse(raw.toString(), 'invalid_json');
    return { args: { ...args, ...(body as JsonObject) }, bytes: undefined };
  }
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return {
      args: { ...args, ...Object.fromEntries(new URLSearchParams(raw.toString())) },
      bytes: undefined,
    };
  }
  return { args, bytes: raw.length === 0 ? undefined : raw };
}

function parse(text: string, error: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Refusal(error);
  }
}

/** An argument that is an object or a list: as it is in a JSON body, as a string in a form. */
export function complex<T extends Json>(args: JsonObject, name: string, error: string): T | undefined {
  const value = args[name];
  if (value === undefined || value === null || value === '') return undefined;
  return (typeof value === 'string' ? parse(value, error) : value) as T;
}

/** @throws Refusal `invalid_arguments` that names the missing one */
export function required(args: JsonObject, ...names: string[]): string[] {
  const missing = names.filter(
    (name) => args[name] === undefined || args[name] === null || args[name] === '',
  );
  if (missing.length > 0) {
    throw refusalWith(
      'invalid_arguments',
      missing.map((name) => `missing required field: ${name}`),
    );
  }
  return names.map((name) => String(args[name]));
}

/** `true`, `"true"` or `"1"`. */
export function isTrue(value: Json | undefined): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}
