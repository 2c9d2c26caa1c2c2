/** Blocks and views are refused beyond Slack's published limits, each fault with its pointer, and not before. */
import { expect, test } from 'vitest';
import { checkBlocks, checkView, type Surface } from './blocks.ts';
import { type Json, type JsonObject, Refusal } from './shapes.ts';

const plain = (text: string): JsonObject => ({ type: 'plain_text', text });
const section = (text: string): JsonObject => ({ type: 'section', text: { type: 'mrkdwn', text } });
const button = (more: JsonObject = {}): JsonObject => ({ type: 'button', text: plain('Go'), ...more });
const actions = (...elements: JsonObject[]): JsonObject => ({ type: 'actions', elements });
const option = (value: string): JsonObject => ({ text: plain('x'), value });
const select = (count: number, more: JsonObject = {}): JsonObject => {
  const options = Array.from({ length: count }, (_, i) => option(`${i}`));
  return { type: 'static_select', action_id: 'pick', options, ...more };
};
const image = (more: JsonObject): JsonObject => ({ type: 'image', alt_text: 'x', ...more });
const url = { image_url: 'https://x/y.png' };
const input = (element: JsonObject): JsonObject => ({ type: 'input', label: plain('x'), element });
const long = (length: number) => 'x'.repeat(length);
const times = (count: number, block: JsonObject) => Array<JsonObject>(count).fill(block);

function faults(blocks: JsonObject[], surface: Surface = 'message'): string {
  try {
    checkBlocks(blocks, surface);
    return '';
  } catch (error) {
    return (error instanceof Refusal ? (error.body.errors as string[]) : [String(error)]).join('\n');
  }
}

const ALLOWED: Record<string, JsonObject[]> = {
  '50 blocks': times(50, section('x')),
  'a section of 3,000 characters': [section(long(3_000))],
  'a header of 150': [{ type: 'header', text: plain(long(150)) }],
  '25 buttons, of 75 characters': [
    actions(...Array.from({ length: 25 }, (_, i) => button({ text: plain(long(75)), action_id: `${i}` }))),
  ],
  'the same action_id in two blocks': [
    actions(button({ action_id: 'a' })),
    actions(button({ action_id: 'a' })),
  ],
  'a menu of 100 options that starts with one of them': [
    { ...section('x'), accessory: select(100, { initial_option: option('7') }) },
  ],
  'an image by address and one by file': [image(url), image({ slack_file: { id: 'F1' } })],
  'context of ten': [{ type: 'context', elements: times(10, plain('x')) }],
};

test.each(Object.entries(ALLOWED))('%s: allowed', (_, blocks) => {
  expect(faults(blocks)).toBe('');
});

const REFUSED: Record<string, [JsonObject[], string]> = {
  '51 blocks': [times(51, section('x')), 'no more than 50 items allowed [json-pointer:/blocks]'],
  'a section of 3,001 characters': [
    [section(long(3_001))],
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  'an empty text': [[section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
  'a section without text': [[{ type: 'section' }], 'missing required field: text [json-pointer:/blocks/0]'],
  'a header in mrkdwn': [
    [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
    'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
  ],
  'a header of 151': [[{ type: 'header', text: plain(long(151)) }], '/blocks/0/text/text'],
  '11 fields': [[{ type: 'section', fields: times(11, plain('x')) }], 'no more than 10 items'],
  'no buttons': [[actions()], 'no less than 1 items allowed [json-pointer:/blocks/0/elements]'],
  '26 buttons': [[actions(...times(26, button()))], 'no more than 25 items'],
  'a button of 76 characters': [[actions(button({ text: plain(long(76)) }))], 'less than 76 characters'],
  'a button in mrkdwn': [
    [actions(button({ text: { type: 'mrkdwn', text: 'x' } }))],
    'unsupported type: mrkdwn',
  ],
  'a button of a style of our own': [[actions(button({ style: 'blue' }))], '/blocks/0/elements/0/style'],
  'a value of 2,001 characters': [[actions(button({ value: long(2_001) }))], '/elements/0/value'],
  'an action_id of 256 characters': [[actions(button({ action_id: long(256) }))], '/elements/0/action_id'],
  'the same action_id twice in a block': [
    [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))],
    '`action_id` already exists: a [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  'the same block_id twice': [
    times(2, { ...section('x'), block_id: 'b' }),
    '`block_id` already exists: b [json-pointer:/blocks/1/block_id]',
  ],
  'a block_id of 256 characters': [[{ ...section('x'), block_id: long(256) }], '/blocks/0/block_id'],
  'a menu of 101': [[actions(select(101))], 'no more than 100 items allowed'],
  'a menu that starts with something else': [
    [actions(select(2, { initial_option: option('9') }))],
    'must be included in options',
  ],
  'a menu of nothing': [[actions(select(0))], 'no less than 1 items'],
  'an image without alt_text': [
    [{ type: 'image', ...url }],
    'missing required field: alt_text [json-pointer:/blocks/0]',
  ],
  'an image of both kinds': [[image({ ...url, slack_file: { id: 'F1' } })], 'either image_url or slack_file'],
  'an image without either': [[image({})], 'either image_url or slack_file'],
  'an image with an address of no web': [[image({ image_url: 'data:x' })], 'invalid url'],
  'context of eleven': [[{ type: 'context', elements: times(11, plain('x')) }], 'no more than 10 items'],
  'a button in context': [[{ type: 'context', elements: [button()] }], 'unsupported type: button'],
  'a block that does not exist': [
    [{ type: 'gallery' }],
    'unsupported type: gallery [json-pointer:/blocks/0/type]',
  ],
  'a confirmation without words': [[actions(button({ confirm: {} }))], '/elements/0/confirm/title'],
};

test.each(Object.entries(REFUSED))('%s: refused', (_, [blocks, fault]) => {
  expect(faults(blocks)).toContain(fault);
});

const view = (more: JsonObject = {}): JsonObject => {
  const field = input({ type: 'plain_text_input', action_id: 'prompt' });
  return { type: 'modal', title: plain('Remix'), submit: plain('Go'), blocks: [field], ...more };
};

function viewFaults(given: JsonObject): string {
  try {
    checkView(given);
    return '';
  } catch (error) {
    const { messages } = (error as Refusal).body.response_metadata as { messages: string[] };
    return messages.join('\n');
  }
}

test('a form within the limits is allowed', () => {
  const hundred = times(100, section('x'));
  for (const one of [view(), view({ blocks: hundred, private_metadata: long(3_000) })]) {
    expect(viewFaults(one)).toBe('');
  }
});

test.each<[string, Json, string]>([
  ['a title of 25 characters', { title: plain(long(25)) }, '[ERROR] must be less than 25 characters'],
  ['no title', { title: null }, '/view/title'],
  ['a field without a submit button', { submit: { type: 'none' } }, '/view/submit'],
  ['101 blocks', { blocks: times(101, section('x')) }, 'no more than 100 items'],
  ['private_metadata of 3,001 characters', { private_metadata: long(3_001) }, '/view/private_metadata'],
  ['a callback_id of 256 characters', { callback_id: long(256) }, '/view/callback_id'],
  [
    'a field of 3,001 characters',
    { blocks: [input({ type: 'plain_text_input', max_length: 3_001 })] },
    '3000',
  ],
  [
    'a number field that is not told whether it is whole',
    { blocks: [input({ type: 'number_input' })] },
    'decimal',
  ],
  ['a markdown block', { blocks: [{ type: 'markdown', text: 'x' }] }, 'unsupported type: markdown'],
])('a form with %s is refused', (_, more, fault) => {
  expect(viewFaults(view(more as JsonObject))).toContain(fault);
});
