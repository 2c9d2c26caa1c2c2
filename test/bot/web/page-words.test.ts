/** The page's words: all of them in the catalogues, none in its scripts or its HTML, and none that nobody says. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderPage } from '../../../bot/web/page-html.ts';
import { pageWords } from '../../../bot/web/page-words.ts';
import { FOLLOW_UP_ACTIONS, FOLLOW_UPS } from '../../../commands/follow-up.ts';
import { LANGUAGE_CODES } from '../../../config/languages.ts';
import { say } from '../../../config/messages.ts';
import { aStudio } from './a-studio.ts';

const FOLDER = path.join(import.meta.dirname, '../../../bot/web/page');
const HTML = readFileSync(path.join(FOLDER, 'index.html'), 'utf8');
const SCRIPTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.js'))
  .map((name) => [name, readFileSync(path.join(FOLDER, name), 'utf8')] as const);

/** What looks like words but is names: of keys, of methods of HTTP, of what browsers drag. */
const NAMES = /^(Arrow(Up|Down|Left|Right)|Enter|Tab|Escape|Delete|Ctrl\+[YZ]|Files)$/;

/** Literals of a script that somebody could read: they begin with a capital, or are several words. */
function sentencesIn(script: string): string[] {
  const code = script
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/new Error\((`[^`]*`|'[^']*')\)/g, '');
  const literals = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`([^`]*)`|>([^<>{}]+)</g)];
  return literals
    .map((match) => (match[1] ?? match[2] ?? '').replace(/\$\{[^}]*\}/g, '').trim())
    .filter((text) => /^\p{Lu}\p{Ll}+/u.test(text) || /\p{Ll}{2,} \p{Ll}{2,}/u.test(text))
    .filter((text) => !NAMES.test(text));
}

/** Selectors, attributes and the like, which are several words as well. */
const CODE = /^([.#][^A-Z]*|[^A-Z]*[[\]#:=][^A-Z]*)$/;

describe('no words stand in the page itself', () => {
  test.each(SCRIPTS)('%s', (_, script) => {
    expect(sentencesIn(script).filter((text) => !CODE.test(text))).toEqual([]);
  });

  test('the search finds what it is for', () => {
    expect(sentencesIn("el('h1', {}, 'Gallery'); say(`Step`); x('nothing is drawn')")).toEqual([
      'Gallery',
      'Step',
      'nothing is drawn',
    ]);
  });

  test('index.html', () => {
    const body = HTML.replace(/<script[\s\S]*?<\/script>/g, '');
    const texts = [...body.matchAll(/>([^<]*\p{L}[^<]*)</gu)].map(([, text]) => text!.trim());
    const said = [...body.matchAll(/\s(?:aria-label|placeholder|title|alt)="([^"]*)"/g)].map(
      ([, text]) => text!,
    );
    const description = /name="description" content="([^"]*)"/.exec(body)![1]!;
    const own = [...texts, ...said, description].filter((text) => !/^\{\{\w+\}\}$/.test(text));
    expect(new Set(own)).toEqual(new Set(['Darkroom']));
  });
});

test.each(LANGUAGE_CODES)('in %s the HTML says its language and has every word', (language) => {
  const html = renderPage(HTML, language);
  expect(html).toContain(`<html lang="${language}">`);
  expect(html).not.toMatch(/\{\{|\[\[/);
  const [, json] = /<script type="application\/json" id="words">(.*?)<\/script>/s.exec(html)!;
  expect(JSON.parse(json!)).toEqual(pageWords(language));
});

test('a word that no catalogue has stops the page from being made, not from being read', () => {
  expect(() => renderPage('<p>{{no_such_word}}</p>', 'en')).toThrow(/no_such_word/);
});

test('every word is said somewhere, and its places are plain ones', () => {
  const everything = [HTML, ...SCRIPTS.map(([, script]) => script)].join('\n');
  const families = ['from', 'device', 'help', 'expand'];
  for (const [word, text] of Object.entries(pageWords('en'))) {
    const named = everything.includes(`'${word}'`) || everything.includes(`{{${word}}}`);
    expect(named || families.includes(word.split('_')[0]!), word).toBe(true);
    expect(text, word).not.toMatch(/\{[^}]*,/);
  }
});

test('the actions are those of the service, in the language of the browser', async () => {
  const studio = await aStudio();
  const ask = async (language: string) =>
    (await studio.ask('/api/options', { headers: { 'accept-language': language } })).json();
  const { actions, language } = await ask('de');
  expect(language).toBe('de');
  expect(actions.map(({ action }: { action: string }) => action)).toEqual(FOLLOW_UP_ACTIONS);
  for (const { action, label, help, who, reactions } of actions) {
    const rule = FOLLOW_UPS[action as keyof typeof FOLLOW_UPS];
    expect({ who, reactions }).toEqual({ who: rule.who, reactions: rule.reactions });
    expect(label).toBe(say('de', `button.${action}` as 'button.vary'));
    expect(help).toBe(say('de', `page.help_${action}` as 'page.help_vary'));
  }
});

test('the page comes in what somebody has chosen, else in what the browser prefers', async () => {
  const studio = await aStudio();
  const headers = { 'accept-language': 'fr' };
  expect((await studio.ask('/', { headers })).text).toContain('<html lang="fr">');
  expect((await studio.ask('/?language=ja', { headers })).text).toContain('<html lang="ja">');
  expect((await studio.ask('/?language=xx', { headers })).text).toContain('<html lang="fr">');
  await studio.post('/api/command', { text: '/settings --language de' }, headers);
  expect((await studio.ask('/', { headers })).text).toContain('<html lang="de">');
});
