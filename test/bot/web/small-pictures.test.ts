import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Thumbnails } from '../../../bot/messages/thumbnails.ts';
import { aStudio } from './a-studio.ts';

const picture = (side: number) =>
  sharp({ create: { width: side, height: side / 2, channels: 3, background: '#c43' } })
    .png()
    .toBuffer();

describe('thumbnails', () => {
  test('are WebP, at most 768 pixels wide, and never larger than the picture', async () => {
    const thumbnails = new Thumbnails();
    const sizes = [];
    for (const side of [1024, 256]) {
      const bytes = await thumbnails.of(String(side), () => picture(side));
      const { format, width, height } = await sharp(bytes).metadata();
      sizes.push([format, width, height]);
    }
    expect(sizes).toEqual([
      ['webp', 768, 384],
      ['webp', 256, 128],
    ]);
  });

  test('are made once for all who ask at the same time, and forgotten when there is no room or no picture', async () => {
    const bytes = await picture(512);
    let read = 0;
    const count = async () => {
      read++;
      return bytes;
    };
    const small = (await new Thumbnails().of('x', count))!.length;
    read = 0;
    const thumbnails = new Thumbnails(2 * small);
    await Promise.all([thumbnails.of('a', count), thumbnails.of('a', count)]);
    expect(read).toBe(1);
    await thumbnails.of('b', count);
    await thumbnails.of('a', count);
    expect(read).toBe(2);
    await thumbnails.of('c', count);
    await thumbnails.of('a', count);
    expect(read).toBe(3);
    await thumbnails.of('b', count);
    expect(read).toBe(4);
    thumbnails.forget('b');
    expect(await thumbnails.of('b', async () => undefined)).toBeUndefined();
  });
});

describe('the service', () => {
  test('sends a small picture, nothing to who has it, and none once the picture is deleted', async () => {
    const studio = await aStudio();
    const png = await picture(64);
    studio.renderer.picture = () => png;
    const id = await studio.imagine();
    await studio.until(id, 'delivered');
    const { messages } = (await studio.ask('/api/messages')).json();
    const { url, small } = messages[0].pictures[0];
    for (const [address, type] of [
      [url, 'image/png'],
      [small, 'image/webp'],
    ]) {
      const { status, headers } = await studio.ask(address);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        type,
        'private, no-cache',
      ]);
      const again = await studio.ask(address, { headers: { 'if-none-match': headers.etag! } });
      expect([again.status, again.text]).toEqual([304, '']);
    }
    expect((await studio.ask(small.replace('/1.', '/2.'))).status).toBe(404);
    await studio.ask(`/api/jobs/${id}`, { method: 'DELETE' });
    expect([404, 410]).toContain((await studio.ask(small)).status);
  });

  test('compresses what it sends where the browser takes it', async () => {
    const studio = await aStudio();
    const get = (path: string, encoding: string) =>
      studio.ask(path, { headers: { 'accept-encoding': encoding } });
    const plain = await get('/page/page.css', 'identity');
    const gzip = await get('/page/page.css', 'gzip, deflate');
    const brotli = await get('/page/page.css', 'gzip, br');
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes);
    expect(brotliDecompressSync(brotli.bytes)).toEqual(plain.bytes);
    expect(brotli.bytes.length).toBeLessThan(plain.bytes.length / 3);
    expect(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size).toBe(3);
    const options = await get('/api/options', 'gzip');
    expect(options.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'no-store' });
    expect(JSON.parse(gunzipSync(options.bytes).toString()).program).toBeDefined();
  });
});

test('a deleted picture stays in no memory: its thumbnail is forgotten with it', async () => {
  const [made, forgotten] = [vi.spyOn(Thumbnails.prototype, 'of'), vi.spyOn(Thumbnails.prototype, 'forget')];
  onTestFinished(() => void vi.restoreAllMocks());
  const studio = await aStudio();
  const bytes = await picture(64);
  studio.renderer.picture = () => bytes;
  const id = await studio.imagine({ count: 2 });
  await studio.until(id, 'delivered');
  for (const n of [1, 2]) expect((await studio.ask(`/api/jobs/${id}/${n}.webp`)).status).toBe(200);
  expect((await studio.ask(`/api/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
  const keys = made.mock.calls.map(([key]) => key);
  expect(keys.length).toBe(2);
  expect(forgotten.mock.calls.map(([key]) => key)).toEqual(keys);
});

test('a look at an unfinished picture that is none, from another machine, is left out of its stream, and no error', async () => {
  const studio = await aStudio({ stepTime: 100 });
  studio.renderer.preview = { width: 64, height: 64, data: new Uint8Array(5) };
  // It waits until it is listened to.
  const before = await studio.imagine({ steps: 150 });
  const id = await studio.imagine();
  const stream = await fetch(new URL(`/api/jobs/${id}/events`, studio.address));
  await studio.post(`/api/jobs/${before}/cancel`);
  const text = await stream.text();
  expect(text).toContain('event: step');
  expect(text).toContain('event: done');
  expect(text).not.toContain('"preview"');
  expect(studio.logged.filter((line) => line.includes('unforeseen'))).toEqual([]);
});
