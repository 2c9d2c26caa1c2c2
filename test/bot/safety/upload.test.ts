import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { checkUpload, readUpload } from '../../../bot/safety/upload.ts';
import { LIMITS } from '../../../config/defaults.ts';
import { processorTimeUntil } from '../../processor-time.ts';

async function* blocks(count: number, size: number) {
  for (let i = 0; i < count; i++) yield new Uint8Array(size).fill(i);
}

test('all bytes in their order', async () => {
  expect([...(await readUpload(blocks(3, 2)))]).toEqual([0, 0, 1, 1, 2, 2]);
  expect((await readUpload(blocks(1, LIMITS.uploadBytes))).length).toBe(LIMITS.uploadBytes);
});

test('one byte too many ends the reading, and so does an announcement', async () => {
  let read = 0;
  async function* counted() {
    for await (const block of blocks(100, LIMITS.uploadBytes / 2)) {
      read++;
      yield block;
    }
  }
  await expect(readUpload(counted())).rejects.toMatchObject({ code: 'image.bytes' });
  expect(read).toBe(3);
  await expect(readUpload(blocks(1, 1), LIMITS.uploadBytes + 1)).rejects.toThrow(
    'The picture is 10485761 bytes long; allowed: at most 10485760 bytes.',
  );
});

test('pictures of the three kinds pass; others, animations and bombs do not', async () => {
  const picture = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: 'red' } });
  for (const format of ['png', 'jpeg', 'webp'] as const) {
    await checkUpload(await picture(8, 8).toFormat(format).toBuffer());
  }
  await expect(checkUpload(await picture(8, 8).gif().toBuffer())).rejects.toMatchObject({
    code: 'image.type',
  });
  await expect(checkUpload(await picture(8, 8).tiff().toBuffer())).rejects.toMatchObject({
    code: 'image.type',
  });
  await expect(checkUpload(await picture(4097, 4096).png().toBuffer())).rejects.toMatchObject({
    code: 'image.pixels',
  });
  const frames = await sharp(
    await Promise.all(
      ['red', 'blue'].map((background) =>
        sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    ),
    { join: { animated: true } },
  )
    .webp()
    .toBuffer();
  await expect(checkUpload(frames)).rejects.toMatchObject({ code: 'image.frames' });
});

test('a PNG of 860,000 empty chunks kept everybody waiting for seconds: no more than some are looked at', async () => {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const empty = Buffer.alloc(12);
  empty.write('teXt', 4, 'latin1');
  empty.writeUInt32BE(crc32(empty.subarray(4, 8)), 8);
  const head = png.subarray(0, 33);
  const withChunks = (count: number) =>
    Buffer.concat([head, ...Array<Buffer>(count).fill(empty), png.subarray(33)]);
  await checkUpload(withChunks(900));
  const many = withChunks(860_000);
  const time = await processorTimeUntil(() =>
    expect(checkUpload(many)).rejects.toMatchObject({ code: 'image.broken' }),
  );
  expect(time).toBeLessThan(1_000);
});
