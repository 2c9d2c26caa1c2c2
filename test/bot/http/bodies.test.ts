/** Bodies that cost more than they should: refused by what they are, before anything large is parsed. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../../bot/http/base64.ts';
import { Bodies } from '../../../bot/http/read-body.ts';
import { PICTURE_NAMES } from '../../../commands/options.ts';
import { LIMITS } from '../../../config/defaults.ts';

const FILES = { files: PICTURE_NAMES, fileBytes: LIMITS.uploadBytes };

type Request = Parameters<Bodies['read']>[0];

function aBody(body: string | Buffer, type = 'application/json'): Request {
  const bytes = Buffer.from(body);
  const slices = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
    bytes.subarray(i * 65_536, (i + 1) * 65_536),
  );
  const headers = { 'content-type': type, 'content-length': String(bytes.length) };
  return Object.assign(Readable.from(slices), { headers }) as unknown as Request;
}

const read = (body: string | Buffer, type?: string, kind: 'plain' | 'files' = 'files') =>
  new Bodies(FILES).read(aBody(body, type), kind);

describe('JSON', () => {
  test('with 700,000 names is refused after some of them', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `"k${i}":1`).join(',');
    await expect(read(`{${many}}`)).rejects.toThrow('more than 400 values');
  });

  test('of 100,000 levels is refused at the fifth, in its sentence', async () => {
    await expect(read(`{"a":${'['.repeat(50_000)}`)).rejects.toThrow('nested more than 4 deep');
    expect(await read('{"slg-layers":[7,8]}')).toEqual({ 'slg-layers': [7, 8] });
  });

  test('is small but for its picture, wherever that stands', async () => {
    const picture = Buffer.alloc(3_000_000, 7);
    const image = picture.toString('base64');
    const before = await read(JSON.stringify({ image, prompt: 'a "red" fox\\' }));
    const behind = await read(JSON.stringify({ prompt: 'a "red" fox\\', image }));
    expect(before.prompt).toBe('a "red" fox\\');
    for (const fields of [before, behind]) expect(hash(fields.image)).toBe(hash(picture));
    await expect(read(JSON.stringify({ prompt: 'x'.repeat(70_000) }))).rejects.toMatchObject({
      code: 'http.body_bytes',
    });
    await expect(read(JSON.stringify({ a: { image } }))).rejects.toMatchObject({ code: 'http.body_bytes' });
    await expect(read(JSON.stringify({ image }), undefined, 'plain')).rejects.toMatchObject({
      code: 'http.body_bytes',
    });
  });

  test('with a million times the name of a picture held everything up for seconds: it is refused after some of them', async () => {
    for (const text of ['"image"', '"mask" ', ',"image":1,"control":2'])
      await expect(read(`{${text.repeat(20_000)}`)).rejects.toThrow('more than 400 values');
  });

  test.each(['{"image":"', '{"image":"abc', '{"a', '{"image":"AAAA"'])(
    'that breaks off in %s is refused',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({ code: 'http.body' });
    },
  );

  test('may hold every picture of a request, in any order, each as large as it may be', async () => {
    const pictures = {
      mask: Buffer.alloc(200_000, 1),
      image: Buffer.alloc(3_000_000, 2),
      control: Buffer.alloc(9, 3),
    };
    const encoded = Object.entries(pictures).map(([name, bytes]) => [name, bytes.toString('base64')]);
    const fields = await read(JSON.stringify({ prompt: 'a fox', ...Object.fromEntries(encoded), seed: 5 }));
    for (const [name, bytes] of Object.entries(pictures)) expect(hash(fields[name]), name).toBe(hash(bytes));
    expect(fields).toMatchObject({ prompt: 'a fox', seed: 5 });
    await expect(read(JSON.stringify({ ...fields, x: { mask: 'A'.repeat(90_000) } }))).rejects.toMatchObject({
      code: 'http.body_bytes',
    });
  });

  test('of a name that stands there twice takes the last', async () => {
    expect(await read('{"image":"AAAA","image":5}')).toEqual({ image: 5 });
  });
});

describe('base64', () => {
  test('is read in slices, with line ends, escapes and a prefix', async () => {
    const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, i) => (i * 7919) % 256));
    const lines = bytes.toString('base64').replace(/.{76}/g, '$&\\r\\n').replaceAll('/', '\\/');
    for (const text of [lines, `data:image\\/png;base64,${lines}`]) {
      expect(hash(await decodeBase64(Buffer.from(text)))).toBe(hash(bytes));
    }
  });

  test.each(['', '====', 'AA*A', `${'A'.repeat(300_000)}*`, `AA==${'A'.repeat(300_000)}`, 'é', 'AAAA\\'])(
    'that is none is refused (%#)',
    async (text) => {
      await expect(decodeBase64(Buffer.from(text))).rejects.toMatchObject({ code: 'option.value' });
    },
  );

  test('that is somebody’s words is refused in these words', async () => {
    await expect(decodeBase64(Buffer.from('日本 é'))).rejects.toMatchObject({ data: { value: '日本 é' } });
  });

  test('of 13 MB lets others be answered in between', async () => {
    const text = Buffer.alloc(13 * 2 ** 20, 'A');
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await decodeBase64(text);
    isOver = true;
    expect(turns).toBeGreaterThan(20);
  });
});

describe('a form', () => {
  const part = (name: string, value: string, more = '') =>
    `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const type = 'multipart/form-data; boundary=b';

  test('of 200,000 parts is refused after some of them', async () => {
    const parts = Array.from({ length: 5_000 }, (_, i) => part(`k${i}`, 'x')).join('');
    await expect(read(`${parts}--b--\r\n`, type)).rejects.toThrow('more than 40 fields');
  });

  test('has its values, and one file', async () => {
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const head = Buffer.from(
      `${part('prompt', 'a fox')}--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n`,
    );
    const body = Buffer.concat([head, png, Buffer.from('\r\n--b--\r\n')]);
    const fields = await read(body, type);
    expect(fields.prompt).toBe('a fox');
    expect(hash(fields.image)).toBe(hash(png));
  });

  test('may hold a file for each picture', async () => {
    const file = (name: string) => part(name, `the ${name}`, `; filename="${name}.png"`);
    const fields = await read(`${file('image')}${file('mask')}${file('control')}--b--\r\n`, type);
    for (const name of ['image', 'mask', 'control'])
      expect(String(Buffer.from(fields[name] as Uint8Array))).toBe(`the ${name}`);
  });

  test.each([
    ['a field twice', part('a', '1') + part('a', '2'), 'the field a twice'],
    ['a name of the language', part('constructor', '1') + part('constructor', '2'), 'constructor twice'],
    ['a long value', part('prompt', 'x'.repeat(70_000)), 'longer than 65536 bytes'],
    ['more parts than fields, of which none has a name', '--b\r\n'.repeat(5_000), 'more than 40 fields'],
    [
      'more parts that are no fields',
      '--b\r\ncontent-type: text/plain\r\n\r\nx\r\n'.repeat(5_000),
      'more than 40 fields',
    ],
    [
      'more files than a request has pictures',
      'abcd'.replace(/./g, (a) => part(a, '1', `; filename="${a}"`)),
      '3 files',
    ],
  ])('with %s is refused', async (_, parts, sentence) => {
    await expect(read(`${parts}--b--\r\n`, type)).rejects.toThrow(sentence);
  });

  test.each(['multipart/form-data', 'multipart/form-data; boundary=other'])(
    'of the type %s that fits nothing is refused or empty',
    async (wrong) => {
      const answer = await read(`${part('a', '1')}--b--\r\n`, wrong).catch((fault: Error) => fault);
      expect(answer).toMatchObject({ code: 'http.body' });
    },
  );
});

test('another type is not read at all', async () => {
  await expect(read('a=1', 'application/x-www-form-urlencoded')).rejects.toMatchObject({
    code: 'http.body_type',
  });
});

test('nothing at all is a request without values, whatever its type', async () => {
  const nothing = Object.assign(Readable.from([]), { headers: {} }) as unknown as Request;
  expect(await new Bodies(FILES).read(nothing, 'plain')).toEqual({});
});

test('many large bodies at once share one room, and leave it again', async () => {
  const bodies = new Bodies({ ...FILES, room: 3_000_000 });
  const large = JSON.stringify({ image: 'A'.repeat(2_000_000) });
  const [first, second] = await Promise.allSettled([
    bodies.read(aBody(large), 'files'),
    bodies.read(aBody(large), 'files'),
  ]);
  expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
  const refused = [first, second].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(refused.reason).toMatchObject({ code: 'http.busy', data: { retry_after_s: 5 } });
  expect(await bodies.read(aBody(large), 'files')).toHaveProperty('image');
});

test('many large bodies at once are looked at a chunk or two between two other events', async () => {
  const bodies = new Bodies(FILES);
  const slice = Buffer.alloc(65_536, 'A');
  let inTurn = 0;
  async function* slices() {
    yield Buffer.from('{"image":"');
    for (let i = 0; i < 30; i++) {
      inTurn++;
      yield slice;
    }
    yield Buffer.from('"}');
  }
  const headers = { 'content-type': 'application/json' };
  const large = () => Object.assign(Readable.from(slices()), { headers }) as unknown as Request;
  let most = 0;
  let isOver = false;
  const turn = () => {
    most = Math.max(most, inTurn);
    inTurn = 0;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all(Array.from({ length: 4 }, () => bodies.read(large(), 'files')));
  isOver = true;
  // What each has ready at the beginning, and the first that is small, comes beside it.
  expect(most).toBeLessThanOrEqual(12);
});

function hash(bytes: unknown): string {
  return createHash('sha256')
    .update(bytes as Uint8Array)
    .digest('hex');
}
