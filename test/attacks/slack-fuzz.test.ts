/** Malformed words in Slack's own voice, signed or over its socket: each fails alone, and the next command is answered. */
import { expect, onTestFinished, test } from 'vitest';
import { aFinal, aSlack, finals, type TestSlack } from '../bot/slack/a-slack.ts';
import type { Delivery, DeliveryType } from '../standins/slack/deliveries.ts';
import type { JsonObject } from '../standins/slack/shapes.ts';
import { signedHeaders } from '../standins/slack/signing.ts';
import { mutations, watchRejections } from './mutations.ts';

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

/** A signed request with any body. @returns its status */
async function post({ standin, slack }: TestSlack, body: string, type = JSON_TYPE, path = '/slack/events') {
  const { signingSecret: secret } = standin.deliveries;
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(`http://127.0.0.1:${slack.port}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...signedHeaders({ secret, timestamp }, body) },
  });
  await response.arrayBuffer();
  return response.status;
}

function watched() {
  const { seen, stop } = watchRejections();
  onTestFinished(stop);
  return seen;
}

/** One of everything that Slack tells, as it is told. */
async function everything(bot: TestSlack): Promise<Delivery[]> {
  const { standin } = bot;
  const anna = standin.person('Anna');
  anna.types('/imagine a fox');
  const final = await aFinal(standin);
  await standin.until(() => bot.jobs.history.recent('slack', 1)[0]?.delivery === 'posted');
  anna.reacts(final, 'game_die');
  anna.mentions('a boat');
  anna.presses(final, 'Reroll');
  anna.uses('use_image', final);
  await standin.until(() => anna.form);
  anna.submits({ prompt: 'a tree' });
  standin.workflow.runs('imagine_step', { prompt: 'a fox', channel_id: standin.world.general.id }, anna.user);
  await standin.until(() => finals(standin).length >= 6);
  return standin.deliveries.all;
}

async function stillAnswers({ standin }: TestSlack): Promise<void> {
  const before = finals(standin).length;
  standin.person('Ben').types('/imagine a last boat');
  await standin.until(
    () =>
      finals(standin)
        .slice(before)
        .some(({ text }) => text.includes('a last boat')),
    30_000,
  );
}

test('a signed body that is null, a number, a list, words or nonsense is refused, and nothing else happens', async () => {
  const bot = await aSlack({ by: 'http' });
  const rejections = watched();
  const bodies = [
    ...[
      'null',
      '1',
      '-0',
      '""',
      '"x"',
      '[]',
      '[null]',
      '[[[]]]',
      '{}',
      '{"ssl_check":null}',
      'true',
      '',
      '{',
    ],
    ...[
      '{"type":null}',
      '{"type":"event_callback"}',
      '{"type":"event_callback","event":null}',
      '{"type":[]}',
    ],
    ...['{"type":"event_callback","event":{}}', '{"type":"event_callback","event":{"type":{"a":1}}}'],
    ...['{"type":"block_actions"}', '{"type":"view_submission"}', '{"type":"message_action","user":null}'],
    ...[
      '{"__proto__":{"type":"x"}}',
      '{"command":null}',
      '{"command":"/imagine"}',
      '{"command":["/imagine"]}',
    ],
    '['.repeat(100_000),
  ];
  for (const body of bodies) expect(await post(bot, body), body.slice(0, 60)).toBeGreaterThanOrEqual(200);
  expect(await post(bot, 'null')).toBe(400);
  for (const payload of ['null', '[]', '1', '"x"', '{}', '{', '{"type":"block_actions","actions":null}']) {
    await post(bot, `payload=${encodeURIComponent(payload)}`, FORM);
  }
  for (const form of [
    'payload=',
    'payload=a&payload=b',
    'command=%2Fimagine',
    'command=&command=',
    '=&=&',
    '%',
  ])
    await post(bot, form, FORM);
  for (const type of ['', 'text/plain', 'multipart/form-data', `${FORM};${FORM}`, '*/*', 'x'.repeat(2000)])
    await post(bot, 'null', type);
  expect(rejections).toEqual([]);
  await stillAnswers(bot);
});

test('a form whose type carries a charset, and an address with a slash at its end, are understood', async () => {
  const bot = await aSlack({ by: 'http' });
  const { standin } = bot;
  const body = (await everything(bot)).find(({ type }) => type === 'slash_commands')!.payload;
  const form = new URLSearchParams({ ...body, trigger_id: 'another', text: 'a heron' } as Record<
    string,
    string
  >);
  expect(await post(bot, form.toString(), `${FORM}; charset=utf-8`, '/slack/events/')).toBe(200);
  await standin.until(() => finals(standin).some(({ text }) => text.includes('a heron')));
  expect(await post(bot, 'ssl_check=1&token=x', `${FORM}; charset=utf-8`)).toBe(200);
});

test('every field of every signed request wrong in every way', async () => {
  const bot = await aSlack({ by: 'http' });
  const told = oneOfEach(await everything(bot));
  const rejections = watched();
  const worst: string[] = [];
  for (const { type, payload } of told) {
    const all = mutations(payload);
    for (let at = 0; at < all.length; at += 20) {
      await Promise.all(
        all.slice(at, at + 20).map(async ({ what, value }) => {
          const { status } = await bot.standin.deliveries.request({ type, payload: value as JsonObject });
          if (status === 0) worst.push(what);
        }),
      );
    }
  }
  expect(rejections).toEqual([]);
  expect(worst).toEqual([]);
  await stillAnswers(bot);
});

test('malformed envelopes over the socket, and messages that are called like the end of it', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  const told = oneOfEach(await everything(bot));
  const rejections = watched();
  const say = (text: string) => {
    for (const { socket } of standin.sockets.open().slice(0, 1)) socket.send(text);
  };
  const names = [
    'error',
    'close',
    'ws_message',
    'slack_event',
    'disconnected',
    'connected',
    'outgoing_message',
  ];
  for (const text of ['null', '1', '[]', '"x"', '{', '', '{}', '{"type":null}', '{"type":"events_api"}'])
    say(text);
  for (const type of names) {
    say(JSON.stringify({ type, envelope_id: 'e', payload: {} }));
    say(JSON.stringify({ type: 'events_api', envelope_id: 'e', payload: { event: { type } } }));
  }
  for (const { type, payload } of told) {
    for (const { value } of mutations({ envelope_id: 'e', type, payload, accepts_response_payload: true }))
      say(JSON.stringify(value));
  }
  await stillAnswers(bot);
  expect(rejections).toEqual([]);
  expect(standin.sockets.open()).toHaveLength(2);
});

function oneOfEach(told: readonly Delivery[]): { type: DeliveryType; payload: JsonObject }[] {
  const kinds = new Map<string, Delivery>();
  for (const one of told) {
    const event = one.payload.event as JsonObject | undefined;
    kinds.set(`${one.type} ${String(one.payload.type)} ${String(event?.type)}`, one);
  }
  return [...kinds.values()];
}
