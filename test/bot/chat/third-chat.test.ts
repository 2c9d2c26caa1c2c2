/** Every command, button, form and reaction, played through an adapter of hardly a hundred lines. */
import { describe, expect, test } from 'vitest';
import { buttonId, typedId } from '../../../bot/chat/custom-id.ts';
import type { Person } from '../../../bot/jobs/job.ts';
import { COMMANDS } from '../../../commands/index.ts';
import { ANNA } from '../jobs/a-job.ts';
import { someJobs, type TestJobs, until } from '../jobs/some-jobs.ts';
import { MemoryChat } from './memory-chat.ts';

const BEN: Person = { ...ANNA, id: 'ben', name: 'Ben' };

async function aChat() {
  const t = await someJobs();
  return { t, chat: new MemoryChat(t) };
}

const delivered = (t: TestJobs, id: string) => until(() => t.jobs.find(id).delivery === 'posted', t.clock);

async function aPicture() {
  const { t, chat } = await aChat();
  const { promised } = await chat.type(ANNA, '/imagine a red fox --seed 3');
  const [id = ''] = promised;
  await delivered(t, id);
  return { t, chat, id };
}

describe('commands', () => {
  test.each(COMMANDS.filter(({ words }) => words !== 'prompt').map(({ name }) => name))(
    '/%s is answered to the asker alone, once',
    async (name) => {
      const { chat } = await aChat();
      const heard = await chat.type(ANNA, `/${name}`);
      expect(heard.replies.length + heard.refusals.length).toBe(1);
      expect(heard).toMatchObject({ promised: [], closed: true });
    },
  );

  test('a picture is promised as the answer, and comes', async () => {
    const { t, id } = await aPicture();
    expect(t.jobs.find(id)).toMatchObject({ state: 'delivered', asked: { request: { seed: 3 } } });
  });

  test('bad input is refused in one sentence, and nothing is made', async () => {
    const { t, chat } = await aChat();
    const heard = await chat.type(ANNA, '/imagine a fox --steps 0');
    expect(heard.refusals).toEqual([expect.stringContaining('steps')]);
    expect(heard.promised).toEqual([]);
    expect(t.jobs.active.all).toEqual([]);
  });
});

describe('buttons', () => {
  test.each(['reroll', 'vary', 'subtle', 'strong', 'upscale', 'finalize'] as const)(
    '%s makes another picture',
    async (action) => {
      const { t, chat, id } = await aPicture();
      // Finalize is there for drafts of a model that is not the final one.
      const { promised, refusals } = await chat.press(ANNA, buttonId(action, id));
      expect(refusals).toEqual([]);
      await delivered(t, promised[0]!);
      expect(t.jobs.find(promised[0]!)).toMatchObject({
        state: 'delivered',
        origin: { kind: action, job: id },
      });
    },
  );

  test('Try again makes what was cancelled after all', async () => {
    const { t, chat } = await aChat();
    const [id = ''] = (await chat.type(ANNA, '/imagine a fox')).promised;
    await chat.press(ANNA, buttonId('cancel', id));
    const { promised, refusals } = await chat.press(ANNA, buttonId('again', id));
    expect(refusals).toEqual([]);
    await delivered(t, promised[0]!);
    expect(t.jobs.find(promised[0]!)).toMatchObject({
      state: 'delivered',
      origin: { kind: 'again', job: id },
    });
  });

  test('Cancel ends a waiting job: said to be in hand first', async () => {
    const { t, chat } = await aChat();
    const [id = ''] = (await chat.type(ANNA, '/imagine a fox')).promised;
    const heard = await chat.press(ANNA, buttonId('cancel', id));
    expect(heard).toMatchObject({ acknowledged: ['update'], refusals: [] });
    expect(t.jobs.find(id).state).toBe('cancelled');
  });

  test('Delete removes the picture of its asker, and refuses a stranger', async () => {
    const { t, chat, id } = await aPicture();
    const stranger = await chat.press(BEN, buttonId('delete', id));
    expect(stranger.refusals).toEqual([expect.stringContaining('Only')]);
    await chat.press(ANNA, buttonId('delete', id));
    expect(t.jobs.find(id).deletedAt).toBeDefined();
  });

  test('Remix opens a form with the words as typed, and what is sent makes a picture that says what it came from', async () => {
    const { t, chat, id } = await aPicture();
    const [form] = (await chat.press(BEN, buttonId('remix', id))).forms;
    const fields = Object.fromEntries(
      form!.fields.flatMap((field) => ('value' in field ? [[field.name, field.value]] : [])),
    );
    expect(fields).toMatchObject({ prompt: 'a red fox', seed: '3' });
    const sent = await chat.send(BEN, form!, { ...fields, prompt: 'a blue fox' }, async () => undefined);
    const [remixed = ''] = sent.promised;
    expect(t.jobs.find(remixed)).toMatchObject({
      origin: { kind: 'remix', job: id },
      asked: { options: { prompt: 'a blue fox' } },
    });
  });

  test('one that stands for a typed command is that command', async () => {
    const { chat } = await aChat();
    expect((await chat.press(ANNA, typedId('/queue'))).replies).toHaveLength(1);
  });

  test('one that is nobody’s is refused', async () => {
    const { chat } = await aChat();
    expect((await chat.press(ANNA, 'v1:dance:01')).refusals).toHaveLength(1);
  });
});

describe('a message’s picture as the start', () => {
  test('a message without one is refused before a form is shown', async () => {
    const { chat } = await aChat();
    const heard = await chat.useImage(ANNA, 'message', false);
    expect(heard.forms).toEqual([]);
    expect(heard.refusals).toHaveLength(1);
  });

  test('the form that was sent starts from it', async () => {
    const { t, chat } = await aChat();
    const [form] = (await chat.useImage(ANNA, 'message', true)).forms;
    const picture = Uint8Array.of(1, 2, 3);
    const sent = await chat.send(ANNA, form!, { prompt: 'a boat', strength: '0.5' }, async () => picture);
    expect(t.jobs.find(sent.promised[0]!).asked.request.init).toMatchObject({ strength: 0.5 });
  });
});

describe('reactions', () => {
  test.each([
    ['🎲', 'reroll'],
    ['🔁', 'reroll'],
    ['✨', 'finalize'],
  ])('%s is %s', async (emoji, kind) => {
    const { t, chat, id } = await aPicture();
    const heard = await chat.react(BEN, emoji, t.jobs.find(id));
    expect(heard?.refusals).toEqual([]);
    const made = t.jobs.history.jobsOf(BEN, 1)[0];
    expect(made?.origin).toMatchObject({ kind, job: id });
  });

  test('❌ on what is still being made ends it', async () => {
    const { t, chat } = await aChat();
    const [id = ''] = (await chat.type(ANNA, '/imagine a fox')).promised;
    await chat.react(ANNA, '❌', t.jobs.find(id));
    expect(t.jobs.find(id)).toMatchObject({ state: 'cancelled' });
    expect(t.jobs.find(id).deletedAt).toBeUndefined();
  });

  test('flags in the words of a form count before its fields', async () => {
    const { t, chat, id } = await aPicture();
    const [form] = (await chat.press(ANNA, buttonId('remix', id))).forms;
    const sent = await chat.send(
      ANNA,
      form!,
      { prompt: 'a blue fox --ar 2:1 --seed 9', seed: '3' },
      async () => undefined,
    );
    const { request } = t.jobs.find(sent.promised[0]!).asked;
    expect(request).toMatchObject({ prompt: 'a blue fox', seed: 9 });
    expect(request.width).toBe(2 * request.height);
  });

  test('❌ deletes for its asker; any other emoji is just a reaction', async () => {
    const { t, chat, id } = await aPicture();
    expect(await chat.react(ANNA, '🐢', t.jobs.find(id))).toBeUndefined();
    await chat.react(ANNA, '❌', t.jobs.find(id));
    expect(t.jobs.find(id).deletedAt).toBeDefined();
  });
});

test('what nobody foresaw is logged with the event, told without its text, and ends there', async () => {
  const { t, chat, id } = await aPicture();
  t.jobs.followUp = async () => {
    throw new TypeError('inside');
  };
  const { refusals, closed } = await chat.press(ANNA, buttonId('reroll', id));
  expect(refusals[0]).not.toContain('inside');
  expect(closed).toBe(true);
  expect(chat.logged).toContainEqual(expect.objectContaining({ event: 'an event failed' }));
});
