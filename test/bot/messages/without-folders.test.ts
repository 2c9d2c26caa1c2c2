import { expect, test } from 'vitest';
import { toldSentence } from '../../../bot/messages/sentences.ts';
import { Fault, type FaultCode } from '../../../config/faults.ts';

test.each<[FaultCode, object, string]>([
  [
    'models.not_installed',
    {
      option: 'model',
      name: 'large',
      file: 'sd3.5_large.safetensors',
      folders: ['/srv/darkroom/models', '/opt/ComfyUI/models'],
    },
    'model is "large", which is not installed here; whoever runs Darkroom can see what is missing with npm run models.',
  ],
  [
    'weights.unreadable',
    { file: '/home/anna/My Models/a.safetensors', cause: 'EACCES' },
    'The model file a.safetensors cannot be read (EACCES).',
  ],
  [
    'weights.unreadable',
    { file: 'C:\\Users\\anna\\a.safetensors', cause: "ENOENT: open '/home/anna/models/b.safetensors'" },
    "The model file a.safetensors cannot be read (ENOENT: open 'b.safetensors').",
  ],
])('the folders of this machine are nobody’s business in a chat: %s', (code, data, sentence) => {
  expect(toldSentence(new Fault(code, data as never), 'en')).toBe(sentence);
});

test('addresses, aspects, dates and commands stay as they are', () => {
  const words = 'https://stability.ai/a/license, 16/9/4, /imagine and /darkroom queue, 1/2';
  const told = toldSentence(new Fault('picture.unreachable', { problem: words }), 'en');
  expect(told).toContain(words);
});
