/** What goes through Redis: sealed, and parsed. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { fromBot, fromWorker, PICTURE_BYTES, pack, unpack } from '../../../../bot/devices/remote/protocol.ts';
import { readSealed } from '../../../../bot/devices/remote/read-sealed.ts';
import { openSeal } from '../../../../bot/devices/remote/seal.ts';
import { LIMITS } from '../../../../config/defaults.ts';

const seal = openSeal('a key that is long enough', randomBytes);
const CANCEL = { type: 'cancel', attempt: 'job.1' } as const;

test('what was sealed is opened by the same key for the same purpose, and by no other', () => {
  const sealed = seal.close('from-bot', pack(CANCEL));
  expect(sealed.includes('cancel')).toBe(false);
  expect(readSealed(seal, 'from-bot', sealed, fromBot)).toEqual(CANCEL);
  expect(readSealed(seal, 'from-worker', sealed, fromBot)).toBeUndefined();
  const other = openSeal('another key that is long', randomBytes);
  expect(readSealed(other, 'from-bot', sealed, fromBot)).toBeUndefined();
});

test('what was changed on its way, or is no message, is nothing', () => {
  const sealed = seal.close('from-bot', pack(CANCEL));
  for (const at of [0, 15, 30, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(readSealed(seal, 'from-bot', changed, fromBot)).toBeUndefined();
  }
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(27), Buffer.from('hello'), randomBytes(1000)])
    expect(readSealed(seal, 'from-bot', bytes, fromBot)).toBeUndefined();
  for (const said of ['{', '[]', '{"type":"bot"}', '{"type":"run","attempt":"rm"}'])
    expect(readSealed(seal, 'from-bot', seal.close('from-bot', Buffer.from(said)), fromBot)).toBeUndefined();
});

test('bytes travel in JSON, those of a Buffer as well', () => {
  const preview = { width: 1, height: 1, data: Buffer.from([1, 2, 3]) };
  const event = { type: 'step', index: 1, total: 4, sigma: 1, ms: 5, preview } as const;
  const message = fromWorker.parse(unpack(pack({ type: 'progress', attempt: 'a', event })));
  expect(message).toMatchObject({ event: { preview: { data: Uint8Array.of(1, 2, 3) } } });
});

test('every picture that may be asked for or handed in is let through', () => {
  // Noise, which no PNG makes smaller: three bytes a pixel, and a little around them.
  expect(PICTURE_BYTES).toBeGreaterThan(1.1 * 3 * LIMITS.largePixels);
  expect(PICTURE_BYTES).toBeGreaterThan(1.1 * LIMITS.uploadBytes);
});

test('a worker’s file is a name, and no path', () => {
  const model = {
    ...{
      name: 'large',
      title: 'Large',
      role: 'final',
      licence: 'own',
      embedded: false,
      digest: '',
      maxSide: 64,
    },
    ...{ depth: 1, file: '../../etc/passwd' },
    defaults: { steps: 4, cfg: 1, sampler: 'euler', scheduler: 'simple', shift: 3, width: 64, height: 64 },
  };
  const side = {
    protocol: 2,
    version: '1',
    instance: 'i',
    worker: 'w',
    leaving: false,
    devices: [],
    loras: [],
    controls: [],
    attempts: [],
  };
  const hello = (file: string) =>
    fromWorker.safeParse({ type: 'hello', ...side, models: [{ ...model, file }] }).success;
  expect([hello('large.safetensors'), hello('../../etc/passwd'), hello('a\\b')]).toEqual([
    true,
    false,
    false,
  ]);
});
