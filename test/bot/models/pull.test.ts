/** Fetching against a local server that speaks the hub's protocol: cuts, refusals, redirects, wrong bytes. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { download } from '../../../bot/models/download.ts';
import { hubAddress, lookUp } from '../../../bot/models/hub.ts';
import { pullModel } from '../../../bot/models/pull.ts';
import { Fault } from '../../../config/faults.ts';
import { readSettings } from '../../../config/settings.ts';
import { type Hub, type HubBehaviour, openHub } from './a-hub.ts';

let folder: string;
let hub: Hub | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-pull-'));
});
afterEach(async () => {
  await hub?.close();
  hub = undefined;
  rmSync(folder, { recursive: true });
});

const PATH = 'text_encoders/clip_l.safetensors';
const BYTES = randomBytes(3_000_000);

async function fetchIt(behaviour: HubBehaviour = {}, env: Record<string, string> = {}, bytes = BYTES) {
  hub = await openHub(new Map([[PATH, bytes]]), behaviour);
  const address = hubAddress({ HF_ENDPOINT: hub.endpoint, ...env });
  const world = {
    fetch: globalThis.fetch,
    signal: new AbortController().signal,
    hub: address,
    wait: async () => {},
  };
  const info = await lookUp(address, 'stabilityai/x', PATH, world);
  const to = join(folder, 'clip_l.safetensors');
  const told: number[] = [];
  await download(info, to, world, (done) => told.push(done));
  return { to, told, info };
}

/** Marsaglia's xorshift32: the same cuts in every run. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const rejection = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error ?? new Error('nothing was refused');
};

test('20 cuts at random places: complete, verified, and at most 1 % fetched twice', async () => {
  const random = randomSource(20);
  const { to } = await fetchIt({ cutAfter: (_, count) => (count <= 20 ? 1 + random(140_000) : undefined) });
  expect(readFileSync(to).equals(BYTES)).toBe(true);
  expect(hub!.requests.filter(({ method }) => method === 'GET').length).toBe(21);
  expect(hub!.sent).toBeLessThanOrEqual(BYTES.length * 1.01);
  expect(readdirSync(folder)).toEqual(['clip_l.safetensors']);
});

test('a second command goes on where the first was stopped', async () => {
  const stopped = await rejection(fetchIt({ cutAfter: (_, count) => (count === 1 ? 1_000_000 : 0) }));
  expect(stopped.code).toBe('pull.unreachable');
  expect(existsSync(join(folder, 'clip_l.safetensors'))).toBe(false);
  await hub!.close();
  const { to, told } = await fetchIt();
  expect(told[0]).toBe(1_000_000);
  expect(hub!.sent).toBe(BYTES.length - 1_000_000);
  expect(readFileSync(to).equals(BYTES)).toBe(true);
});

test('over redirects to a store, where the token does not go', async () => {
  const { to } = await fetchIt({ redirects: true }, { HF_TOKEN: 'hf_secret' });
  expect(readFileSync(to).equals(BYTES)).toBe(true);
  const toStore = hub!.requests.filter(({ url }) => url.startsWith('/store/'));
  expect(toStore.length).toBeGreaterThan(0);
  expect(toStore.every(({ authorization }) => authorization === undefined)).toBe(true);
  expect(hub!.requests.some(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
});

test('a mirror that tells sizes only in its list', async () => {
  const { to, info } = await fetchIt({ bareHeaders: true });
  expect(info.size).toBe(BYTES.length);
  expect(readFileSync(to).equals(BYTES)).toBe(true);
});

test('a server that sends everything again is understood', async () => {
  const { to } = await fetchIt({
    ignoresRanges: true,
    cutAfter: (_, count) => (count === 1 ? 500_000 : undefined),
  });
  expect(readFileSync(to).equals(BYTES)).toBe(true);
});

test('a part that is too long, or of another version, is thrown away', async () => {
  writeFileSync(join(folder, 'clip_l.safetensors.part'), Buffer.alloc(4_000_000));
  const { to } = await fetchIt();
  expect(readFileSync(to).equals(BYTES)).toBe(true);
});

test('416, 429 and 503 pass', async () => {
  const passing = [503, 429, 416];
  const { to } = await fetchIt({
    status: ({ method }, count) => (method === 'GET' ? passing[count - 1] : undefined),
  });
  expect(readFileSync(to).equals(BYTES)).toBe(true);
});

describe('what cannot be mended is one or two sentences', () => {
  test.each([
    [401, {}, 'pull.gated', /sign in and accept their licence at .*Then create a token .* set HF_TOKEN/],
    [401, { HF_TOKEN: 'hf_old' }, 'pull.token', /HF_TOKEN does not open/],
    [403, { HF_TOKEN: 'hf_x' }, 'pull.gated', /accept their licence/],
    [404, {}, 'pull.not_there', /has no file "text_encoders\/clip_l.safetensors"/],
  ])('%s with %j', async (status, env, code, sentence) => {
    const fault = await rejection(fetchIt({ status: () => status }, env as Record<string, string>));
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(sentence);
    expect(fault.message).not.toContain('hf_');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a wrong checksum is tried once more, then refused, and nothing is left under the name', async () => {
    const fault = await rejection(fetchIt({ sha256: 'a'.repeat(64) }));
    expect(fault.code).toBe('pull.checksum');
    expect(hub!.sent).toBe(2 * BYTES.length);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n', /Git LFS pointer/],
    ['<!DOCTYPE html><html>sign in</html>', /web page/],
  ])('%j instead of the file', async (text, sentence) => {
    const fault = await rejection(fetchIt({ body: () => Buffer.from(text) }));
    expect(fault).toMatchObject({ code: 'pull.other_thing', message: expect.stringMatching(sentence) });
  });

  test('more bytes than were announced', async () => {
    const fault = await rejection(fetchIt({ body: () => Buffer.concat([BYTES, Buffer.alloc(10)]) }));
    expect(fault.code).toBe('pull.too_long');
  });

  test('nobody there', async () => {
    const address = hubAddress({ HF_ENDPOINT: 'http://127.0.0.1:9' });
    const world = { fetch: globalThis.fetch, signal: new AbortController().signal };
    const fault = await rejection(lookUp(address, 'a/b', PATH, world));
    expect(fault.code).toBe('pull.unreachable');
  });
});

test('pull gets what is missing for a model, into ComfyUI’s folders, and nothing twice', async () => {
  const files = [
    'sd3.5_large_turbo.safetensors',
    'text_encoders/clip_l.safetensors',
    'text_encoders/clip_g.safetensors',
    'text_encoders/t5xxl_fp16.safetensors',
  ];
  hub = await openHub(new Map(files.map((path) => [path, randomBytes(50_000)])));
  const printed: string[] = [];
  const world = {
    env: { HF_ENDPOINT: hub.endpoint },
    fetch: globalThis.fetch,
    stdout: { write: (text: string) => printed.push(text) },
    stderr: { write: () => true },
    signal: new AbortController().signal,
    now: () => 0,
  };
  const settings = { ...readSettings({}), modelsDir: join(folder, 'models') };
  await pullModel('turbo', settings, world, true);
  expect(printed.join('')).toContain(
    `-> ${join(folder, 'models/checkpoints/sd3.5_large_turbo.safetensors')}`,
  );
  expect(hub.sent).toBe(0);
  await pullModel('turbo', settings, world, false);
  const there = readdirSync(join(folder, 'models'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.safetensors'),
  );
  expect(there.sort()).toEqual([
    'checkpoints/sd3.5_large_turbo.safetensors',
    'text_encoders/clip_g.safetensors',
    'text_encoders/clip_l.safetensors',
    'text_encoders/t5xxl_fp16.safetensors',
  ]);
});
