/** The body of a request: never longer than allowed, in one of two forms, as named values and a picture. */
import type { IncomingMessage } from 'node:http';
import { Fault } from '../../config/faults.ts';

/** Bytes of a request without a picture. */
export const SMALL_BODY = 64 * 1024;

/** Values as they were sent; bytes of a picture that was sent as a file. */
export type Fields = Readonly<Record<string, unknown>>;

/** @param limit bytes @throws Fault `http.body_bytes` */
export async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const refuse = () => new Fault('http.body_bytes', { limit });
  if (Number(request.headers['content-length'] ?? 0) > limit) throw refuse();
  const chunks: Buffer[] = [];
  let length = 0;
  // Refusing must not cut the connection: whoever is still sending would never hear why.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw refuse();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A JSON object or a form; nothing at all is an empty one. @throws Fault `http.body*` */
export async function readFields(request: IncomingMessage, limit: number): Promise<Fields> {
  const type = request.headers['content-type'] ?? '';
  const kind = type.split(';')[0]!.trim().toLowerCase();
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) return {};
  if (kind === 'application/json') return parseJson(bytes);
  if (kind === 'multipart/form-data') return parseForm(bytes, type);
  throw new Fault('http.body_type', { type });
}

function parseJson(bytes: Buffer): Fields {
  const value = parse(bytes.toString('utf8'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Fault('http.body', { problem: 'it must be a JSON object' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('http.body', { problem: 'it is not valid JSON' }, error);
  }
}

async function parseForm(bytes: Buffer, type: string): Promise<Fields> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } })
    .formData()
    .catch((error: unknown) => {
      throw new Fault('http.body', { problem: 'it is not a valid form' }, error);
    });
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (name in fields) throw new Fault('http.body', { problem: `it has the field ${name} twice` });
    fields[name] = typeof value === 'string' ? value : new Uint8Array(await value.arrayBuffer());
  }
  return fields;
}
