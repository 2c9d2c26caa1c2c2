import { expect, test } from 'vitest';
import { faultSentence } from '../../config/fault-sentence.ts';
import { FAULTS, Fault, type FaultCode } from '../../config/faults.ts';
import { CATALOGUES, type MessageKey, Phrase, say } from '../../config/messages.ts';

/** One example of each fault that has words in other languages. */
const EXAMPLES: { readonly [C in FaultCode]?: object } = {
  'option.value': { option: 'cfg', value: '31', allowed: 'a number from 0 to 30' },
  'option.missing': { option: 'prompt' },
  'option.no_value': { option: '--cfg', allowed: 'a number' },
  'option.unknown': { option: '--sed', hint: 'did you mean --seed?' },
  'option.repeated': { option: '--seed' },
  'option.conflict': { option: 'size', other: 'aspect' },
  'option.needs': { option: 'strength', needs: 'image' },
  'command.words': { command: 'queue', words: 'up' },
  'command.unknown': { command: '/nope', commands: '/imagine, /queue'.split(', ') },
  'prompt.wildcards': { allowed: '16 within each other' },
  'prompt.weight': { weight: 1e40 },
  'sampling.impossible': { sampler: 'euler', scheduler: 'simple', steps: 1, shift: 1e-300 },
  'safety.words': { option: 'prompt' },
  'picture.address': { allowed: 'https:// addresses of cdn.example' },
  'picture.unreachable': { problem: 'the connection broke' },
  'models.unknown': { option: 'model', name: 'x', installed: ['nano', 'large'] },
  'models.not_installed': { option: 'model', name: 'large' },
  'models.licence': { name: 'large' },
  'image.type': { image: 'image' },
  'image.broken': { image: 'image' },
  'image.bytes': { image: 'image', bytes: 11_000_000, limit: 10_485_760 },
  'image.pixels': { image: 'image', width: 5000, height: 5000, limit: 16_777_216 },
  'image.frames': { image: 'image', frames: 3 },
  'worker.memory': { device: 'cpu' },
  'disk.full': {},
  'disk.unwritable': { problem: 'EROFS: read-only file system' },
  'job.undelivered': { reason: 'Missing Permissions' },
  'job.not_undelivered': { state: 'finished' },
  'worker.crashed': { device: 'cpu', cause: 'SIGKILL' },
  'worker.files_changed': { device: 'cpu' },
  'worker.hung': { device: 'cpu', silent_s: 60 },
  'limit.person_waiting': { limit: 3, retry_after_s: 12 },
  'limit.all_waiting': { limit: 64, retry_after_s: 12 },
  'limit.person_rate': { retry_after_s: 12 },
  'limit.channel_rate': { retry_after_s: 12 },
  'limit.address': { retry_after_s: 12 },
  'job.unknown': {},
  'job.deleted': {},
  'job.not_yours': { action: 'delete', name: 'Anna' },
  'job.over': { state: 'finished' },
  'job.no_picture': { action: 'vary', state: 'failed' },
  'job.not_a_draft': { model: 'large' },
  'job.source_gone': {},
  'job.ended_service': { times: 2 },
  'job.gave_up': { attempts: 3, cause: 'It stopped.' },
  'server.none': {},
  'server.manage': {},
  'server.channel': { channels: '#art, #pictures' },
  'server.role': { roles: 'Painters' },
  'server.adults': {},
  'server.quota': { limit: 1, retry_after_h: 1 },
  'server.not_served': {},
  'place.closed': { reason: 'Missing Access' },
  'place.shut': { reason: 'Missing Permissions' },
  'interaction.late': {},
  'form.expired': {},
  'service.stopping': {},
  'pipeline.failed': {},
  cancelled: {},
  'http.token': {},
  'http.token_wrong': {},
  'http.guesses': { retry_after_s: 9 },
  'http.busy': { retry_after_s: 5 },
  'http.streams': { limit: 100, retry_after_s: 30 },
};

const CODES = Object.keys(CATALOGUES.en)
  .filter((key) => key.startsWith('fault.'))
  .map((key) => key.slice('fault.'.length) as FaultCode);

test('every fault with words in other languages has an example here', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual([...CODES].sort());
});

test.each(CODES)('%s: the English words of the catalogue are those of the table of faults', (code) => {
  const data = EXAMPLES[code] as Record<string, string>;
  const inCatalogue = Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const sentence = (FAULTS[code].sentence as (data: unknown) => string)(data);
  expect(say('en', `fault.${code}` as MessageKey, inCatalogue)).toBe(sentence);
  expect(faultSentence({ code, data }, 'en')).toBe(sentence);
});

test('somebody’s words are quoted as in English: on one line, cut when they are long; what is allowed is not cut', () => {
  const value = `a\nb${'x'.repeat(300)}`;
  const allowed = Array.from({ length: 60 }, (_, i) => `style ${i}`).join(', ');
  const sentence = faultSentence(new Fault('option.value', { option: 'style', value, allowed }), 'it');
  expect(sentence).toContain('style è "a\\u000ab');
  expect(sentence).toContain('…"; ammesso: ');
  expect(sentence).toContain('style 59.');
});

test('words within a sentence follow its language, and are English once they are only text', () => {
  const allowed = new Phrase('allowed.whole', { min: 1, max: 4 });
  const fault = new Fault('option.value', { option: 'count', value: '9', allowed });
  expect(fault.message).toBe('count is "9"; allowed: a whole number from 1 to 4.');
  expect(faultSentence(fault, 'de')).toBe('count ist „9“; erlaubt: eine ganze Zahl von 1 bis 4.');
  expect(JSON.stringify(fault.data)).toContain('"a whole number from 1 to 4"');
});

test('a fault that only operators meet is said in English', () => {
  const fault = new Fault('weights.truncated', { file: 'f', size: 1, needed: 2 });
  expect(faultSentence(fault, 'fr')).toBe(fault.message);
});
