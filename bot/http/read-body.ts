/**
 * The body of a request: as long as its kind may be (only files are large), in one of two forms, as named values
 * and files. Large bodies share one room, so that many at once cannot take the machine's memory.
 */
import type { IncomingMessage } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';
import { Fault } from '../../config/faults.ts';
import { GatheredBytes } from '../safety/gathered-bytes.ts';
import { parseForm } from './read-form.ts';
import { parseJson } from './read-json.ts';

/** Bytes of a request, files in it aside. */
export const SMALL_BODY = 64 * 1024;
/** Files of the largest size that a request may hold; more beside them are small. */
const LARGE_FILES = 2;
/** Bytes of all large bodies that are being read at one time: twice as many hold the loop up half as long again. */
const ROOM = 64 * 2 ** 20;
/** Seconds. */
const COME_BACK = 5;

/** Values as they were sent; bytes of files. */
export type Fields = Readonly<Record<string, unknown>>;

/** `files`: the values that are files may be large; nothing else may. */
export type BodyKind = 'plain' | 'files';

export interface BodiesOptions {
  /** Names of the values that are files. */
  readonly files: readonly string[];
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all large bodies at one time. */
  readonly room?: number;
}

export class Bodies {
  private readonly files: readonly string[];
  private readonly largest: number;
  private readonly room: number;
  private taken = 0;
  /** When it is the turn of the next chunk of a large body. */
  private turn: Promise<void> = Promise.resolve();

  constructor({ files, fileBytes, room = ROOM }: BodiesOptions) {
    this.files = files;
    // base64 makes four bytes of three.
    this.largest = LARGE_FILES * Math.ceil((fileBytes * 4) / 3) + SMALL_BODY;
    this.room = room;
  }

  /** A JSON object or a form; nothing at all is an empty one. @throws Fault `http.body*`, `http.busy`, `option.value` */
  async read(request: IncomingMessage, kind: BodyKind): Promise<Fields> {
    const type = request.headers['content-type'] ?? '';
    const form = type.split(';')[0]!.trim().toLowerCase();
    const isKnown = form === 'application/json' || form === 'multipart/form-data';
    if (!isKnown && mayHaveBody(request)) throw new Fault('http.body_type', { type });
    const limit = kind === 'files' ? this.largest : SMALL_BODY;
    const taking = { bytes: 0 };
    try {
      const chunks = this.chunks(request, limit, taking);
      if (form === 'multipart/form-data') return await parseForm(chunks, type, this.files);
      const bytes = new GatheredBytes();
      for await (const chunk of chunks) bytes.add(chunk);
      if (bytes.length === 0) return {};
      return await parseJson(await bytes.whole(), this.files, kind === 'files' ? SMALL_BODY : undefined);
    } finally {
      this.taken -= taking.bytes;
    }
  }

  /** However many large bodies come in at once, one chunk of one of them is looked at between two other events. */
  private nextTurn(): Promise<void> {
    this.turn = this.turn.then(() => breathe());
    return this.turn;
  }

  /** @param limit bytes @param taking bytes that this body has of the room */
  private async *chunks(
    request: IncomingMessage,
    limit: number,
    taking: { bytes: number },
  ): AsyncGenerator<Buffer> {
    const refuse = () => new Fault('http.body_bytes', { limit });
    if (Number(request.headers['content-length'] ?? 0) > limit) throw refuse();
    let length = 0;
    // Refusing must not cut the connection: whoever is still sending would never hear why.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw refuse();
      const more = Math.max(0, length - SMALL_BODY) - taking.bytes;
      if (this.taken + more > this.room) throw new Fault('http.busy', { retry_after_s: COME_BACK });
      this.taken += more;
      taking.bytes += more;
      if (taking.bytes > 0) await this.nextTurn();
      yield chunk;
    }
  }
}

function mayHaveBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}
