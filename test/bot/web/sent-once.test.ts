import { describe, expect, test } from 'vitest';
import { aStudio } from './a-studio.ts';

const from = (person: string) => ({ cookie: `darkroom_person=${person.repeat(32)}` });

describe('something that the page sends twice, not knowing whether it has arrived,', () => {
  test('is done once, and both get the same answer', async () => {
    const studio = await aStudio();
    const send = (text: string, once: string, person = 'a') =>
      studio.post('/api/command', { text, once }, from(person));
    const [first, second] = await Promise.all([send('a red boat', 'm1'), send('a red boat', 'm1')]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.json().id).toBe(first.json().id);
    const later = await send('a red boat', 'm1');
    expect(later.json().id).toBe(first.json().id);
    const others = [await send('a red boat', 'm2'), await send('a red boat', 'm1', 'b')];
    expect(new Set([first, ...others].map((answer) => answer.json().id)).size).toBe(3);
    expect((await studio.ask('/api/messages')).json().messages).toHaveLength(3);
  });

  test('is tried again where it was refused', async () => {
    const studio = await aStudio();
    const send = (text: string) => studio.post('/api/command', { text, once: 'm1' }, from('a'));
    expect((await send('a boat --steps 0')).status).toBe(400);
    expect((await send('a boat --steps 4')).status).toBe(202);
  });
});
