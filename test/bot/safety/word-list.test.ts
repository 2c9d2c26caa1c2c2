import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openWordCheck } from '../../../bot/safety/check-words.ts';
import { WordFinder } from '../../../bot/safety/find-words.ts';
import { parseWordList } from '../../../bot/safety/word-list.ts';
import { readImagine } from '../../../commands/read-imagine.ts';
import { Fault } from '../../../config/faults.ts';
import { anInstallation } from '../../commands/an-installation.ts';
import { processorTime } from '../../processor-time.ts';

const list = parseWordList(
  `# what this team does not want
grobian   # a rude person
rude words
blub*
*gnarf
*zonk*
knife + schoolbus
хрюн
禁止
`,
  'words.txt',
);

test.each([
  'a grobian',
  'GROBIAN',
  'Grobian!',
  '(grobian:1.3)',
  '{fox|grobian}',
  'gróbïän',
  'ｇｒｏｂｉａｎ',
  '𝖌𝖗𝖔𝖇𝖎𝖆𝖓',
  'ⓖⓡⓞⓑⓘⓐⓝ',
  '🅖🅡🅞🅑🅘🅐🅝',
  '🇬🇷🇴🇧🇮🇦🇳',
  'ɢʀᴏʙɪᴀɴ',
  'grоbіаn', // Cyrillic о, і, а
  'grοbιαn', // Greek ο, ι, α
  'gro\u200bbi\u00adan',
  'g\u0336r\u0336o\u0336b\u0336i\u0336a\u0336n\u0336',
  'gro\u2060b\ufe0fian',
  'gr0b1an',
  'gr0b!4n',
  'grob|an',
  'grrrrobian',
  'grobiaaaaan',
  'g r o b i a n',
  'g.r.o.b.i.a.n',
  'g-r-o-b-i-a-n',
  'gro-bian',
  'gro.bian',
  'g_r_o_b_i_a_n of the year',
  'rude words',
  'rude,  WORDS',
  'rude\nwords',
  'r.u.d.e words',
  'blubber',
  'blub',
  'some ungnarf here',
  'azonkb',
  'a schoolbus with a knife',
  'knife, school-bus, schoolbus',
  'ХРЮН',
  // Something between the letters, or between parts of the word.
  ...['/', '+', '(', ':', '|', '=', '#', '$', '🦊', '👩🏽‍🚀', '&', '"', '<', '~', '^', '—', '•'].flatMap(
    (sign) => [[...'grobian'].join(sign), `gro${sign}bian`, `g${sign}robia${sign}n, in oil`],
  ),
  'g/r/o b|i|a n',
  'a g r o b i a n',
  'g, r, o, b, i, a, n',
  'g 🦊 r 🦊 o 🦊 b 🦊 i 🦊 a 🦊 n',
  '⒢⒭⒪⒝⒤⒜⒩',
  // Doubled letters.
  'ggrroobbiiaann',
  'grroobian',
  'ggrobian',
  'grobiian',
  'grobbian',
  'gg rr oo bb ii aa nn',
  'g-gr-ro-ob-bi-ia-an',
  // Upside down, and backwards as it is shown.
  'uɐıqoɹƃ',
  'ɐ pɐq uɐıqoɹƃ ɐ',
  'grobiɐn',
  'ƃɹoqıɐu'.replace('q', 'b').replace('u', 'n'),
  '\u202enaiborg',
  'draw \u202enaiborg\u202c please',
  // Marks that are not seen.
  ...[
    '\u200e',
    '\u200f',
    '\u061c',
    '\u2066',
    '\u2069',
    '\u202d',
    '\u115f',
    '\u3164',
    '\uffa0',
    '\u2800',
    '\u180e',
    '\u{e0061}',
    '\u0007',
    '\u007f',
    '\ue000',
    '\ud800',
    '\u17b5',
  ].map((mark) => [...'grobian'].join(mark)),
  // Other scripts and styles.
  'ᏀᏒᏫᏴᎥᎪᏁ'.replace('Ꮻ', 'O').replace('Ꮑ', 'N'),
  'ꓖꓣꓳꓐꓲꓮꓠ',
  'ցroьian',
  'gгоЬіап',
  'ᗩ grᗝbian'.replace('ᗝ', 'o'),
  '𐌂 gr𐐬bian',
  'g尺ㄖ乃丨卂几',
  'ﻮг๏๒เคภ',
  'gяobiaи',
  'grobiΛn',
  'GRΩBIAN'.replace('Ω', 'O'),
  'grøbian',
  'grobiаn медведь',
  // Digits and signs.
  'gr0b14n',
  'GR08|AN',
  'gr()bian',
  'gr0bi/-\\n',
  '9r0b!@n',
  'gro|3ian',
  'grobia|\\|',
  'g.r.0.b.1.4.n',
  'g r 0 b 1 a n',
  'これは禁止です',
  '禁 止める',
])('%j is refused', (text) => {
  expect(list.refuses(text)).toBe(true);
});

test.each([
  '',
  'a red fox',
  'grobians', // another word: the list says whole words
  'agrobian',
  'rude strange words',
  'crude words',
  'ablub',
  'gnarfs',
  'a knife on a table',
  'a schoolbus',
  'a b c d',
  '1.3 100 7',
  '🦊'.repeat(100),
  'хрюня',
  'grobianesque',
  'grob ian',
  'megagrobian',
])('%j is allowed', (text) => {
  expect(list.refuses(text)).toBe(false);
});

test('1 and | are read as i and as l', () => {
  const both = parseWordList('liga\nila', 'words.txt');
  expect(both.refuses('1iga')).toBe(true);
  expect(both.refuses('l1ga')).toBe(true);
  expect(both.refuses('i|a')).toBe(true);
});

test.each([
  ['/gro.*/', 1, 'regular expressions are not allowed'],
  ['fine\n/(a+)+$/i', 2, 'regular expressions'],
  ['gr*an', 1, '"*" may stand only before and after a word'],
  ['\n\n***', 3, '"*" may stand only'],
  ['*', 1, 'there is no word here'],
  ['a + !', 1, 'there is no word here'],
])('the list %j is refused in line %i', (text, line, words) => {
  expect(() => parseWordList(text, 'words.txt')).toThrow(
    expect.objectContaining({
      code: 'safety.word_list',
      message: expect.stringMatching(
        new RegExp(`^"words.txt", line ${line}: .*${words.replaceAll('*', '\\*')}`),
      ),
    }),
  );
});

test('an empty list refuses nothing', () => {
  expect(parseWordList('\ufeff# nothing\r\n\r\n', 'words.txt').refuses('grobian')).toBe(false);
});

test('the automaton finds exactly what searching finds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '🦊'), minLength: 1, maxLength: 5 });
  const codes = (text: string) => [...text].map((one) => one.codePointAt(0)!);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.array(word), (words, parts) => {
      const letters = [...parts.join('')];
      const expected = words.flatMap((one, index) => {
        const length = [...one].length;
        return letters.flatMap((_, last) =>
          last + 1 >= length && letters.slice(last + 1 - length, last + 1).join('') === one
            ? [[index, last]]
            : [],
        );
      });
      const found: number[][] = [];
      new WordFinder(words.map(codes)).walk(codes(letters.join('')), (index, last) =>
        found.push([index, last]),
      );
      const order = ([a, b]: number[], [c, d]: number[]) => a! - c! || b! - d!;
      expect(found.sort(order)).toEqual(expected.sort(order));
    }),
    { numRuns: 1000 },
  );
});

/** Longer than any prompt; 5 to 150 ms. Work that grows with the square of the length would take minutes. */
test.each([
  'grobian ',
  'a',
  'a ',
  'g.',
  '1',
  'gr0b1a',
  '\u0301',
  'ⓖ',
  '| ',
  'aaab',
  'a1 ',
  '|_|x ',
  '(',
  '\\/',
  '禁',
  'рыжий кот ',
  'a🦊',
  'ɐ',
  '\u202e',
])('a hundred thousand characters of %j are done with at once', (piece) => {
  const text = piece.repeat(1e5 / piece.length);
  expect(processorTime(() => list.refuses(text))).toBeLessThan(2000);
});

const inFile = (text: string) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-words-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'words.txt'), text);
  return path.join(folder, 'words.txt');
};
const imagineWith = (blocklistFile: string, blocklistNegative: boolean) => {
  const checkWords = openWordCheck({ blocklistFile, blocklistNegative });
  const installation = anInstallation(['nano'], { checkWords });
  return (options: object) => readImagine(options, { ...installation, label: (name) => name });
};

test('/imagine refuses without repeating the word, as written and with wildcards drawn', async () => {
  const read = imagineWith(inFile('grobian'), false);
  const sentence = new Fault('safety.words', { option: 'prompt' }).message;
  for (const prompt of ['a grobian', 'a {gro|gro}{bian|bian}', '{a|b|c|d|e|f|grobian}']) {
    await expect(read({ prompt })).rejects.toMatchObject({
      code: 'safety.words',
      blame: 'input',
      message: sentence,
    });
  }
  expect((await read({ prompt: 'a fox', negative: 'grobian' })).negative).toBe('grobian');
});

test('the negative prompt is checked where the operator wants it', async () => {
  const read = imagineWith(inFile('grobian'), true);
  await expect(read({ prompt: 'a fox', negative: 'grobian' })).rejects.toThrow('The negative contains words');
});

test('a list that cannot be read stops the start', () => {
  const open = (blocklistFile: string) => () => openWordCheck({ blocklistFile, blocklistNegative: false });
  expect(open('/nowhere/words.txt')).toThrow(
    'BLOCKLIST_FILE is "/nowhere/words.txt"; allowed: a text file that can be read.',
  );
  expect(open(tmpdir())).toThrow('BLOCKLIST_FILE is');
  expect(open(inFile('x'.repeat(2 ** 20 + 1)))).toThrow('at most 1 MiB');
});
