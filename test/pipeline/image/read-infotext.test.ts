/** What a picture tells of how it was made, read back. */
import { expect, test } from 'vitest';
import { writeInfotext } from '../../../pipeline/image/infotext.ts';
import { readStory } from '../../../pipeline/image/picture-story.ts';
import { encodePng } from '../../../pipeline/image/png.ts';
import { readInfotext } from '../../../pipeline/image/read-infotext.ts';
import { aRequest } from '../../bot/jobs/a-job.ts';

test('what we write is read back', () => {
  const slg = { scale: 2.5, layers: [7, 8, 9], start: 0.01, end: 0.15 };
  const request = aRequest({
    prompt: 'a fox,\nin two lines',
    negative: 'blue: sky, "red"',
    slg,
    seed: 2 ** 53 - 1,
  });
  const read = readInfotext(writeInfotext(request))!;
  expect(read).toMatchObject({ prompt: 'a fox,\nin two lines', negative: 'blue: sky, "red"' });
  const { settings } = read;
  expect(settings.get('Seed')).toBe(String(2 ** 53 - 1));
  expect(settings.get('Size')).toBe('64x64');
  expect(settings.get('SLG layers')).toBe('7, 8, 9');
});

test.each([
  ['no settings', 'a fox'],
  ['nothing', ''],
  ['words on the last line', 'Steps: 4, Sampler: Euler\na fox'],
  ['more than any picture says', `${'x'.repeat(70_000)}\nSteps: 4`],
])('%s is none', (_, text) => {
  expect(readInfotext(text)).toBeUndefined();
});

test('a line that is cut off gives what there is; of a name twice the first counts', () => {
  const { settings, prompt } = readInfotext('Steps: 4, Model: "a, b, Seed: 5, Seed: 6, x')!;
  expect(prompt).toBe('');
  expect([settings.get('Steps'), settings.get('Seed')]).toEqual(['4', '5']);
});

test('whether a PNG is ours, and whether it carries a workflow', async () => {
  const pixels = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
  const parameters = { keyword: 'parameters', text: 'a\nSteps: 4' };
  const workflow = { keyword: 'workflow', text: '{}' };
  const ours = { keyword: 'Software', text: 'Darkroom 9.9.9' };
  const read = async (...texts: (typeof ours)[]) => readStory(await encodePng(pixels, texts));
  expect(await read()).toBeUndefined();
  expect(await read(ours)).toBeUndefined();
  expect(await read(workflow)).toEqual({ ours: false, hasWorkflow: true });
  expect(await read(parameters, ours)).toMatchObject({ ours: true, hasWorkflow: false });
  expect(readStory(Buffer.from('no PNG'))).toBeUndefined();
});
