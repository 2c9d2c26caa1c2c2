/** Small things that the page and programs are told: the kind of a failure, a preview's size, who somebody is. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { answerFault, asFault } from '../../../bot/http/fault-answer.ts';
import { previewUrl } from '../../../bot/messages/preview-url.ts';
import { publicId } from '../../../bot/web/visitor.ts';
import { Fault } from '../../../config/faults.ts';

test('what is the asker’s to mend is 400, what is ours 500, and nobody is told when to come back for nothing', () => {
  const mine = answerFault(
    new Fault('option.value', { option: 'seed', value: 'x', allowed: 'a number' }),
    'en',
  );
  expect(mine).toMatchObject({ status: 400, headers: {}, body: { code: 'option.value' } });
  expect(mine.body).not.toHaveProperty('retry_after_s');
  const ours = answerFault(asFault(new Error('a secret path')), 'en');
  expect(ours).toMatchObject({ status: 500, headers: {}, body: { code: 'pipeline.failed' } });
  expect(JSON.stringify(ours)).not.toContain('secret');
});

test('a service that ends says to come back in a minute', () => {
  expect(answerFault(new Fault('service.stopping', {}), 'en')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '60' },
    body: { retry_after_s: 60 },
  });
});

test('a preview travels with 192 pixels at its longer side, and a smaller one as it is', async () => {
  const sizeOf = async (width: number, height: number) => {
    const url = await previewUrl({ width, height, data: new Uint8Array(width * height * 3) });
    const { width: w, height: h } = await sharp(Buffer.from(url.split(',')[1]!, 'base64')).metadata();
    return [w, h];
  };
  expect(await sizeOf(384, 192)).toEqual([192, 96]);
  expect(await sizeOf(64, 48)).toEqual([64, 48]);
});

test('others see twelve digits of a person, by which nobody can be them', () => {
  const id = publicId({ surface: 'web', id: 'the-cookie', name: 'Anna' });
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect(id).toBe(publicId({ surface: 'web', id: 'the-cookie', name: 'Bruno' }));
  expect(id).not.toBe(publicId({ surface: 'web', id: 'the-cookies', name: 'Anna' }));
});
