/** Pictures that are nothing but chunks, and many large ones at once. */
import { crc32 } from 'node:zlib';
import { expectThat, type Kind } from '../kind.ts';
import type { Target } from '../target.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export const pictures: Kind = {
  name: 'pictures',
  against: 'open',
  async run(target, short) {
    const empty = chunk('teXt', Buffer.alloc(0));
    const chunks = Buffer.concat([SIGNATURE, header(), ...Array<Buffer>(860_000).fill(empty)]);
    const one = await send(target, chunks);
    expectThat(one.status === 400, `chunks: ${one.status} ${one.sentence}`);
    const noise = Buffer.alloc(10 * 2 ** 20, 0x55);
    const many = await Promise.all(Array.from({ length: short ? 6 : 24 }, () => send(target, noise)));
    expectThat(
      many.every(({ status }) => status === 400 || status === 503 || status === 429),
      `many at once: ${many.map(({ status }) => status).join(' ')}`,
    );
    return one.sentence;
  },
};

function send(target: Target, bytes: Buffer) {
  const body = new FormData();
  body.append('prompt', 'x');
  body.append('image', new Blob([new Uint8Array(bytes)]), 'a.png');
  return target.ask('/api/imagine', { method: 'POST', body });
}

function header(): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(8, 0);
  data.writeUInt32BE(8, 4);
  data.set([8, 2, 0, 0, 0], 8);
  return chunk('IHDR', data);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
