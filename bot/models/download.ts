/**
 * One file fetched whole: what came stays on the disk (`NAME.part`), a connection that breaks is taken up where it ended,
 * and only what has the right length and sha256 gets its name.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { bytesInWords, Fault } from '../../config/faults.ts';
import { codeOf } from '../terminal/write-files.ts';
import { backoff } from '../time/backoff.ts';
import { getStream, type StreamedAnswer } from './get-stream.ts';
import {
  authorization,
  type Fetching,
  type HubAddress,
  type HubFileInfo,
  reasonOf,
  refusal,
  unreachable,
} from './hub.ts';

export interface DownloadWorld extends Fetching {
  readonly hub: HubAddress;
  wait(ms: number): Promise<unknown>;
}

/** Breaks in a row, without a byte between them, after which it is given up; and milliseconds before another try. */
const TRIES = 8;
const WAITS = { first: 500, longest: 15_000 };
/** A store that has said nothing for so long has gone; milliseconds. */
const SILENCE = 60_000;

/** Bytes that are still to be fetched. */
export function sizeOfRest(to: string, info: HubFileInfo): number {
  const part = partOf(to);
  return info.size - (existsSync(part) ? Math.min(info.size, statSync(part).size) : 0);
}

/**
 * @param to absolute path
 * @param told the bytes that are there
 * @throws Fault pull.*, file.write_failed, cancelled
 */
export async function download(
  info: HubFileInfo,
  to: string,
  world: DownloadWorld,
  told: (done: number) => void,
): Promise<void> {
  const part = partOf(to);
  forgetOther(part, info);
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(info, part, world, told);
    } catch (error) {
      if (sizeOf(part) === 0) for (const rest of [part, noteOf(part)]) rmSync(rest, { force: true });
      throw error;
    }
    const digest = info.sha256 === undefined ? undefined : await digestOf(part, world.signal);
    if (digest === info.sha256) break;
    // Bytes on the disk that are wrong cannot be told from right ones: once more from the start, then it is the store's fault.
    rmSync(part, { force: true });
    if (attempt === 2) rmSync(noteOf(part), { force: true });
    if (attempt === 2) throw new Fault('pull.checksum', { path: info.path, endpoint: world.hub.endpoint });
  }
  rmSync(noteOf(part), { force: true });
  await rename(part, to).catch((error: unknown) => {
    throw new Fault('file.write_failed', { file: to, problem: codeOf(error) }, error);
  });
}

const partOf = (to: string) => `${to}.part`;
const noteOf = (part: string) => `${part}.json`;

/** A part of another version of the file must not be continued. */
function forgetOther(part: string, { sha256, size, url }: HubFileInfo): void {
  const note = JSON.stringify({ sha256, size, url: sha256 === undefined ? url : undefined });
  const before = existsSync(noteOf(part)) ? readFileSync(noteOf(part), 'utf8') : undefined;
  if (before !== note) rmSync(part, { force: true });
  writeFileSync(noteOf(part), note);
}

async function fetchRest(
  info: HubFileInfo,
  part: string,
  world: DownloadWorld,
  told: (done: number) => void,
): Promise<void> {
  let failures = 0;
  for (;;) {
    const before = sizeOf(part);
    told(before);
    if (before === info.size) return;
    if (before > info.size) rmSync(part);
    const problem = await fetchOnce(info, part, world, told);
    if (world.signal.aborted) throw new Fault('cancelled', {}, world.signal.reason);
    const after = sizeOf(part);
    if (problem === undefined && after === info.size) continue;
    failures = after > before ? 0 : failures + 1;
    if (failures >= TRIES) throw unreachable(world.hub, problem ?? 'the connection breaks again and again');
    if (failures > 0) await world.wait(backoff(WAITS, failures));
  }
}

function sizeOf(part: string): number {
  return statSync(part, { throwIfNoEntry: false })?.size ?? 0;
}

/** One connection. @returns why it ended early, if it did; what cannot be mended by another is thrown */
async function fetchOnce(
  info: HubFileInfo,
  part: string,
  { hub, signal }: DownloadWorld,
  told: (done: number) => void,
): Promise<string | undefined> {
  const from = sizeOf(part);
  try {
    const range = from === 0 ? {} : { range: `bytes=${from}-` };
    // The length counts bytes of the file, not of a compressed form of it.
    const headers = { ...authorization(hub), ...range, 'accept-encoding': 'identity' };
    const answer = await getStream(info.url, headers, signal, SILENCE);
    const problem = statusProblem(answer, from, info, part, hub);
    if (problem !== undefined) {
      answer.drop();
      return problem;
    }
    await append(answer, part, answer.status === 206 ? from : 0, info, told);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) throw error;
    return reasonOf(error);
  }
}

/** Statuses that pass (busy, broken gateways) are tried again; the others are final. */
function statusProblem(
  { status, headers, drop }: StreamedAnswer,
  from: number,
  info: HubFileInfo,
  part: string,
  hub: HubAddress,
): string | undefined {
  if (status === 200) return undefined;
  if (status === 206) {
    const start = Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1]);
    return start === from ? undefined : 'it sends another part than was asked for';
  }
  if (status === 416) {
    // What lies here is no beginning of what the store has.
    rmSync(part, { force: true });
    return 'the part that is here does not fit';
  }
  if (status === 408 || status === 429 || status >= 500) return `it answers with status ${status}`;
  drop();
  throw refusal(status, hub, info.repository, info.path);
}

/** Written at once, so that a connection that breaks costs nothing that came. Status 200 sends all of it again. */
async function append(
  answer: StreamedAnswer,
  part: string,
  from: number,
  info: HubFileInfo,
  told: (done: number) => void,
): Promise<void> {
  const failed = (error: unknown) =>
    new Fault('file.write_failed', { file: part, problem: codeOf(error) }, error);
  let file: number;
  try {
    file = openSync(part, from === 0 ? 'w' : 'r+');
  } catch (error) {
    answer.drop();
    throw failed(error);
  }
  let at = from;
  try {
    await answer.read((bytes) => {
      if (at === 0) refuseOtherThings(bytes, info);
      if (at + bytes.length > info.size)
        throw new Fault('pull.too_long', { path: info.path, size: info.size });
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, at + done);
      } catch (error) {
        throw failed(error);
      }
      at += bytes.length;
      told(at);
    });
  } finally {
    closeSync(file);
  }
}

/** A mirror may answer 200 with a pointer or a page instead of the file. */
function refuseOtherThings(chunk: Uint8Array, { path, size }: HubFileInfo): void {
  const start = Buffer.from(chunk.subarray(0, 64)).toString('latin1');
  const isPointer = start.startsWith('version https://git-lfs') && size > 1024;
  const isPage = /^\s*(<!doctype html|<html)/i.test(start);
  if (!isPointer && !isPage) return;
  const what = isPointer ? 'a Git LFS pointer' : 'a web page';
  throw new Fault('pull.other_thing', { path, what: `${what} instead of ${bytesInWords(size)}` });
}

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash: Hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
