import { describe, expect, test } from 'vitest';
import { preferredLanguage } from '../../../bot/http/negotiation.ts';
import { aStudio } from './a-studio.ts';

const ITALIAN = { 'accept-language': 'it-IT,it;q=0.9,en;q=0.8' };
const command = (text: string) => ({ text });

describe('the page', () => {
  test('answers commands and refuses in the language of the browser, and programs in English', async () => {
    const studio = await aStudio();
    const theirs = (await studio.post('/api/command', command('/queue'), ITALIAN)).json();
    expect(theirs.reply).toMatchObject({ title: 'Coda', lines: ['Niente in corso, nessuno in attesa.'] });
    const refused = await studio.post('/api/imagine', { prompt: 'x', steps: 0 }, ITALIAN);
    expect(refused.json().error).toBe('steps è "0"; ammesso: un numero intero da 1 a 150.');
    const program = await studio.post('/api/imagine', { prompt: 'x', steps: 0 }, { 'accept-language': '*' });
    expect(program.json().error).toBe('steps is "0"; allowed: a whole number from 1 to 150.');
  });

  test('puts what somebody has chosen before what their browser says', async () => {
    const studio = await aStudio();
    await studio.post('/api/command', command('/settings --language de'), ITALIAN);
    expect((await studio.post('/api/command', command('/queue'), ITALIAN)).json().reply.title).toBe(
      'Schlange',
    );
    const refused = await studio.post('/api/jobs/01K0000000000000000000000/reroll', {}, ITALIAN);
    expect(refused.json().error).toBe('Das Bild, zu dem das gehört, ist nicht mehr bekannt.');
  });

  test("a request's message speaks the language of who asked, whoever looks at it", async () => {
    const studio = await aStudio();
    studio.renderer.mishaps.push('crash', 'crash', 'crash');
    const { id } = (await studio.post('/api/imagine', { prompt: 'a red boat', steps: 3 }, ITALIAN)).json();
    await studio.until(id, 'failed');
    const { messages } = (await studio.ask('/api/messages')).json();
    expect(messages[0].line).toContain('3 passi');
    expect(messages[0].sentence).toContain('è stata iniziata 3 volte');
    expect((await studio.ask(`/api/jobs/${id}`)).json().error).toContain('was started 3 times');
  });

  test('what can be typed is explained in the language of the browser', async () => {
    const studio = await aStudio();
    const { commands, options } = (await studio.ask('/api/options', { headers: ITALIAN })).json();
    expect(commands[0]).toMatchObject({ name: 'imagine', description: "Crea un'immagine dalle parole" });
    const steps = options.find(({ name }: { name: string }) => name === 'steps');
    expect(steps).toMatchObject({
      allowed: 'un numero intero da 1 a 150',
      defaultText: 'quelli del modello',
    });
  });
});

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['pt-BR,pt;q=0.9', 'en'],
  ['fr-CA', 'fr'],
  ['pt-BR,ja;q=0.4,es;q=0.7', 'es'],
  ['en;q=0.5, de;q=0', 'en'],
  ['de;q=0, fr;q=x, IT', 'it'],
  [`${'xx,'.repeat(10_000)}it`, 'en'],
])('Accept-Language %j: %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});
