/** What the built-in model's answers say about words that it was never taught. */
import { describe, expect, test } from 'vitest';
import { viewOf } from '../../../bot/chat/card-view.ts';
import { showCard } from '../../../bot/discord/card-message.ts';
import { examplesFor, FOR_NANO } from '../../../bot/examples.ts';
import { describeJob } from '../../../bot/messages/card.ts';
import { nearestWords, sayUnknown, unknownWords } from '../../../bot/messages/known-words.ts';
import { helpText } from '../../../bot/terminal/help.ts';
import { jobJson, messageOf } from '../../../bot/web/message.ts';
import { STYLE_LEFT_OUT } from '../../../commands/imagine.ts';
import { type ChosenModel, isStyleLeftOut, readImagine } from '../../../commands/read-imagine.ts';
import { EMBEDDED_FOLDER } from '../../../config/find-model.ts';
import { LANGUAGE_CODES } from '../../../config/languages.ts';
import { say } from '../../../config/messages.ts';
import taught from '../../../models/nano/words.json' with { type: 'json' };
import { nearestTo, readAsTaught } from '../../../pipeline/text/nearest-words.ts';
import { HELD_BACK, SHEET } from '../../adherence/data.ts';
import { aModel, anInstallation as anInstallationOf } from '../../commands/an-installation.ts';
import { anInstallation } from '../an-installation.ts';
import { aJob, aStoredRequest } from '../jobs/a-job.ts';

const NANO = {
  name: 'nano',
  files: { checkpoint: `${EMBEDDED_FOLDER}/nano.safetensors`, tokenizers: EMBEDDED_FOLDER },
};
const ask = (prompt: string, change = {}) => aStoredRequest({ model: NANO, prompt, ...change });
const unknown = (prompt: string, change = {}) => unknownWords(ask(prompt, change));

describe('words that are unknown', () => {
  test.each([
    ['a red cat on a blue background', []],
    ['A Red CAT, on a blue background!', []],
    ['a platypus eats a xylophone, and another platypus', ['platypus', 'eats', 'xylophone', 'another']],
    ['a (cat:1.2) and ((dog)) on (grass)', []],
    ['a (platypus:1.2) and \\(xylophone\\)', ['platypus', 'xylophone']],
    ['two puppies and 3 fish, four crosses', []],
    ["the cats' house, the dog’s house", []],
    ['cactuses and seas and skies', []],
    ['there is a cat', []],
    ['five cats', ['five']],
    ['12 cats, 1.5 dogs', ['12', '1.5']],
    ['a 3d render of a ring, 8k', []],
    ['pixel-art of a black-and-white cat', []],
    ['eine schöne Katze', ['eine', 'schöne', 'katze']],
    ['赤い丸', ['赤い丸']],
    ['a cat 🐱', ['🐱']],
    ['', []],
  ])('%s', (prompt, words) => expect(unknown(prompt)).toEqual(words));

  test('of the negative prompt count where guidance looks at it', () => {
    expect(unknown('a cat', { negative: 'blurry dog', cfg: 3 })).toEqual(['blurry']);
    expect(unknown('a cat', { negative: 'blurry dog', cfg: 1 })).toEqual([]);
  });

  test('are nobody’s business with any other model', () => {
    expect(unknownWords(aStoredRequest({ prompt: 'a platypus' }))).toEqual([]);
    const { facts, ...card } = describeJob(
      aJob('J', { asked: { options: {}, request: aStoredRequest() } }),
      String,
    );
    expect([facts.model, card.unknownWords]).toEqual(['nano', undefined]);
  });
});

describe('what everybody offers to type', () => {
  const helped = [
    ...helpText()
      .split('With Stable Diffusion')[0]!
      .matchAll(/-- "([^"]+)"/g),
  ].map((found) => found[1]!);
  test.each([...new Set([...FOR_NANO, ...examplesFor([]), ...helped.filter((one) => one !== '<prompt>')])])(
    '%s: every word is known',
    (prompt) => expect(unknown(prompt)).toEqual([]),
  );

  test('the help page has them', () => expect(helped.length).toBeGreaterThan(8));
});

test('every word of the prompts that adherence is measured with is known', () => {
  const prompts = [...HELD_BACK.map(({ prompt }) => prompt), ...SHEET];
  expect(prompts.filter((prompt) => unknown(prompt).length > 0)).toEqual([]);
});

test('every thing of the list is known by all its names, one and many, and every colour', () => {
  const { objects, plurals, colours, colour_synonyms, places, relations, patterns, fillers } = taught;
  const names = [objects, colour_synonyms].flatMap((kind) => Object.values(kind).flat());
  const words = [
    ...names,
    ...Object.values(plurals),
    ...colours,
    ...places,
    ...relations,
    ...patterns,
    ...fillers,
  ];
  expect(words.flatMap((word) => unknown(word))).toEqual([]);
});

describe('words that have a near one', () => {
  test.each([
    ['a husky on a blue background', 'a dog on a blue background'],
    ['two Seagulls above a (kayak:1.2)', 'two birds above a (canoe:1.2)'],
    ['the lynx’s house', 'the cat house'],
    ['a navy star', 'a blue star'],
    ['a red cat at night', 'a red cat at night'],
    ['a platypus and a xylophone', 'a platypus and a xylophone'],
    ['a foxglove', 'a foxglove'],
    ['\\(husky\\), [husky] and husky-husky', '\\(dog\\), [dog] and dog-dog'],
  ])('%s is read as %s', (said, read) => expect(readAsTaught(said)).toBe(read));

  test('are still among the unknown words, and said with what is drawn', () => {
    const words = unknown('a seagull and a platypus');
    expect(words).toEqual(['seagull', 'platypus']);
    expect(nearestWords(words)).toEqual({ seagull: 'bird' });
    expect(sayUnknown(words, 'en')).toMatch(/closest ones it knows: seagull → bird · .*: platypus$/);
    expect(sayUnknown(['seagull'], 'en')).not.toContain('·');
  });

  test.each(LANGUAGE_CODES)('have a sentence in %s', (language) => {
    expect(sayUnknown(['husky'], language)).toContain('husky → dog');
  });

  test('stand for what is taught, never for each other, and no taught word is read as another', () => {
    const near = Object.entries(taught.nearest);
    expect(near.length).toBeGreaterThan(200);
    expect(near.filter(([word]) => taught.words.includes(word))).toEqual([]);
    expect(near.flatMap(([, instead]) => unknown(instead))).toEqual([]);
    expect(taught.words.filter((word) => nearestTo(word) !== undefined)).toEqual([]);
  });
});

describe('the sentence', () => {
  test.each(LANGUAGE_CODES)('in %s names the words and the real model', (language) => {
    const sentence = sayUnknown(['platypus', 'xylophone'], language)!;
    expect(sentence).toContain('platypus, xylophone');
    expect(sentence).toContain('Stable Diffusion 3.5');
    expect(sayUnknown([], language)).toBeUndefined();
  });

  test('stays short, whatever was typed', () => {
    const words = Array.from({ length: 300 }, (_, i) => `${'x'.repeat(1500)}${i}`);
    expect(sayUnknown(words, 'en')!.length).toBeLessThan(320);
    expect(sayUnknown(words, 'en')).toMatch(/…$/);
  });
});

describe('a style', () => {
  const styles = [
    { name: 'anime', prompt: 'anime illustration of {prompt}, cel shading', negative: 'photo' },
    { name: 'sea', prompt: '{prompt} on the sea', negative: '' },
  ];
  const OTHER = aModel('nano');
  const TAUGHT = { ...OTHER, ...NANO };
  const read = (style: string, model: ChosenModel) => {
    const here = anInstallationOf(['nano'], { styles, unknownWords, chooseModel: () => model });
    return readImagine({ prompt: 'a red boat', style }, { ...here, label: (name) => name });
  };

  test('reaches the built-in model only where that knows its words', async () => {
    expect(await read('anime', TAUGHT)).toMatchObject({ prompt: 'a red boat', negative: '' });
    expect(await read('sea', TAUGHT)).toMatchObject({ prompt: 'a red boat on the sea' });
    expect(await read('anime', OTHER)).toMatchObject({
      prompt: 'anime illustration of a red boat, cel shading',
      negative: 'photo',
    });
  });

  test('that was left out is said, and no words are listed that nobody typed', async () => {
    const request = await read('anime', TAUGHT);
    expect(isStyleLeftOut('anime', request, { styles, unknownWords })).toBe(true);
    expect(isStyleLeftOut('sea', request, { styles, unknownWords })).toBe(false);
    const options = { style: 'anime', [STYLE_LEFT_OUT]: 'yes' };
    const job = aJob('J', { asked: { options, request: ask(request.prompt) } });
    const { note } = viewOf(describeJob(job, String), 'en');
    expect(note).toBe(say('en', 'card.note_style'));
  });
});

describe('the answer says it', () => {
  const job = aJob('J', { asked: { options: {}, request: ask('a platypus on a red background') } });
  const plain = aJob('J', { asked: { options: {}, request: ask('a cat on a red background') } });

  test('in a Discord message, in small print, in the language of the asker', async () => {
    const shown = async (one: typeof job) =>
      JSON.stringify(
        await showCard(describeJob(one, String), { language: 'de', fileLimit: 2 ** 20, timeLeft: undefined }),
      );
    expect(await shown(job)).toContain('-# Worte, die das kleine eingebaute Modell nicht kennt');
    expect(await shown(job)).toContain('schon: platypus');
    expect(await shown(plain)).not.toContain('eingebaute');
  });

  test('on the studio page and in the API', () => {
    const note = sayUnknown(['platypus'], 'en');
    expect(messageOf(job, describeJob(job, String), anInstallation())).toMatchObject({ note });
    expect(jobJson(job, undefined, 'en')).toMatchObject({ unknown_words: ['platypus'], note });
    expect(messageOf(plain, describeJob(plain, String), anInstallation())).toHaveProperty('note', undefined);
    expect(jobJson(plain, undefined, 'en')).not.toHaveProperty('unknown_words');
  });
});
