/** Replies and refusals in every language: nothing is said in English to somebody who reads another one. */
import { describe, expect, test } from 'vitest';
import type { Reply } from '../../commands/command.ts';
import { COMMANDS } from '../../commands/index.ts';
import { DEFAULTS } from '../../config/defaults.ts';
import { faultSentence } from '../../config/fault-sentence.ts';
import { Fault } from '../../config/faults.ts';
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';
import { inLanguage } from '../../config/messages.ts';
import { ALL_MODELS, anInstallation } from '../commands/an-installation.ts';
import { at, delivered } from './at-a-keyboard.ts';
import { BRUNO } from './jobs/a-job.ts';
import { someJobs } from './jobs/some-jobs.ts';

const OTHERS = LANGUAGE_CODES.filter((language) => language !== 'en');

/** What is the same in all languages: names, figures, people's own words, what a licence prescribes. */
const SAME =
  /^$|^\/[a-z-]+$|^(--)?[a-z-]+$|^line art$|^Darkroom |^Powered by Stability AI$|^none · |^line art style of |^colour, photo|^[\d:]+$/i;

const LINES = [
  '/queue',
  '/cancel',
  '/styles',
  '/styles zzz',
  '/styles "line art"',
  '/settings',
  '/settings --aspect 3:2',
  '/gallery',
  '/gallery 0',
  '/about',
  '/forget-me',
  '/help',
  ...['imagine', 'cancel', 'styles', 'settings', 'gallery', 'forget-me', 'help'].map((one) => `/help ${one}`),
] as const;

const said = ({ title = '', lines, fields = [], buttons = [] }: Reply) => [
  title,
  ...lines,
  ...fields.flatMap(({ name, value }) => [name, ...value.split('\n')]),
  ...buttons.map(({ label }) => label),
];

/** Everything that is said in a life with all commands: with an empty queue, with a full one, with pictures, at the end. */
async function sayings(language: Language): Promise<Map<string, string[]>> {
  const t = await someJobs();
  const installation = anInstallation(ALL_MODELS);
  const found = new Map<string, string[]>();
  const say = async (when: string, line: string, who = at(t, { language, installation })) =>
    found.set(`${when}: ${line}`, said(await who.reply(line)));
  for (const line of LINES) await say('empty', line);
  for (const job of ['one', 'two', 'three']) await at(t).job(`/imagine ${job}`);
  for (const line of ['/queue', '/cancel']) await say('busy', line);
  await say('busy, somebody else', '/queue', at(t, { language, installation }, BRUNO));
  await say('busy', '/cancel all');
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) {
    const job = await at(t).job(`/imagine picture ${i}`);
    await delivered(t, job);
    ids.push(job.id);
  }
  await say('pictures', '/gallery');
  await say('pictures', '/forget-me');
  const waiting = await at(t).job('/imagine a red fox');
  found.set('one', said(await at(t, { language, installation }).reply(`/cancel ${waiting.id}`)));
  await say('end', '/forget-me --confirm yes');
  await say('end again', '/forget-me --confirm yes', at(t, { language, installation }, BRUNO));
  return found;
}

let inEnglish: Promise<Map<string, string[]>> | undefined;
function sayingsInEnglish() {
  inEnglish ??= sayings('en');
  return inEnglish;
}

describe.each(OTHERS)('in %s', (language) => {
  test('no reply has an English line', async () => {
    const [english, theirs] = [await sayingsInEnglish(), await sayings(language)];
    expect([...theirs.keys()]).toEqual([...english.keys()]);
    const left = [...theirs].flatMap(([line, words]) =>
      words.filter((one) => english.get(line)!.includes(one) && !SAME.test(one)).map((one) => [line, one]),
    );
    expect(left).toEqual([]);
  });

  test('a refusal is said whole: what is allowed, too', async () => {
    const t = await someJobs();
    for (const line of [
      '/imagine fox --steps 0',
      '/imagine fox --cfg 99',
      '/imagine fox --aspect x',
      '/nope',
    ]) {
      const fault = (await (async () => at(t, { language }).type(line))().catch((e: unknown) => e)) as Fault;
      expect(fault).toBeInstanceOf(Fault);
      const sentence = faultSentence(fault, language);
      expect(sentence).not.toMatch(/\b(allowed|number|from|such as|command)\b/);
      expect(sentence).not.toBe(fault.message);
    }
  });
});

test('what applies without an option has words in every language, or is a figure or a name', () => {
  for (const command of COMMANDS) {
    for (const [name, option] of Object.entries(command.options)) {
      const { defaultText } = option;
      if (defaultText === undefined || /^[\d.]+$/.test(String(defaultText)) || defaultText === DEFAULTS.style)
        continue;
      for (const language of OTHERS) {
        const words = inLanguage(language, defaultText);
        expect(words, `${command.name} ${name} ${language}`).not.toBe(String(defaultText));
      }
    }
  }
});

test('the language of a reply is the one just chosen', async () => {
  const t = await someJobs();
  const reply = await at(t, { language: 'en' }).reply('/settings --language de');
  expect(reply.title).toBe('Gespeichert. Deine Vorgaben');
});
