/** Pages whose connection breaks and comes back. */
import { expect, test } from 'vitest';
import { Hub } from '../../../bot/http/hub.ts';
import type { EventStream } from '../../../bot/http/streams.ts';

class RecordedStream implements EventStream {
  readonly heard: { event: string; data: unknown; id?: string }[] = [];
  private over: () => void = () => {};

  write(text: string): void {
    const [event = '', ...lines] = text.trimEnd().split('\n');
    const value = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
    const id = value('id: ');
    this.heard.push({
      event: event.slice('event: '.length),
      data: JSON.parse(value('data: ')!),
      ...(id === undefined ? {} : { id }),
    });
  }
  onEnd(then: () => void): void {
    this.over = then;
  }
  end(): void {
    this.over();
  }
  get last(): string | undefined {
    return this.heard.at(-1)?.id;
  }
  get data(): unknown[] {
    return this.heard.filter(({ event }) => event !== 'hello').map(({ data }) => data);
  }
}

test('a page that comes for the first time looks at everything anew, then hears what happens', () => {
  const hub = new Hub('run');
  hub.tell('message a', 'message', 'before');
  const page = new RecordedStream();
  expect(hub.join(page, undefined)).toBe('anew');
  hub.tell('message a', 'message', 'after');
  expect(page.data).toEqual(['after']);
});

test('a page that comes back hears what it missed: the newest of each thing, once', () => {
  const hub = new Hub('run');
  const page = new RecordedStream();
  hub.join(page, undefined);
  hub.tell('message a', 'message', 'a1');
  page.end();
  for (let step = 2; step < 50; step++) hub.tell('message a', 'message', `a${step}`);
  hub.tell('message b', 'removed', 'b');
  const again = new RecordedStream();
  expect(hub.join(again, page.last)).toBe('missed');
  expect(again.data).toEqual(['a49', 'b']);
  expect(page.data).toEqual(['a1']);
});

test.each(['other-3', 'run-', 'run-x', 'run', '-1', 'run-99999999999999999999'])(
  'a page with the last id %s, of another run or no run at all, looks at everything anew',
  (last) => {
    const hub = new Hub('run');
    hub.tell('message a', 'message', 'a');
    expect(hub.join(new RecordedStream(), last)).toBe('anew');
  },
);

test('a page that was away for too long looks at everything anew, and nothing is kept for ever', () => {
  const hub = new Hub('run');
  const page = new RecordedStream();
  hub.join(page, undefined);
  hub.tell('first', 'message', 0);
  const early = page.last;
  for (let i = 0; i < 1000; i++) hub.tell(`message ${i}`, 'message', i);
  expect(hub.join(new RecordedStream(), early)).toBe('anew');
  const late = new RecordedStream();
  expect(hub.join(late, page.last)).toBe('missed');
  expect(late.data).toEqual([]);
});

test('of three hundred things every word is kept, of one more the oldest is gone, and exactly that', () => {
  const hub = new Hub('run');
  for (let i = 1; i <= 300; i++) hub.tell(`thing ${i}`, 'message', i);
  expect(hub.join(new RecordedStream(), 'run-0')).toBe('missed');
  hub.tell('thing 301', 'message', 301);
  const tooEarly = new RecordedStream();
  expect(hub.join(tooEarly, 'run-0')).toBe('anew');
  expect(tooEarly.data).toEqual([]);
  // Word 1 was dropped: whoever has heard it has missed none of those that are left.
  const inTime = new RecordedStream();
  expect(hub.join(inTime, 'run-1')).toBe('missed');
  expect(inTime.data).toEqual(Array.from({ length: 300 }, (_, i) => i + 2));
});

test('the last word that was heard is not said again, the next one is', () => {
  const hub = new Hub('run');
  for (let i = 1; i <= 3; i++) hub.tell(`thing ${i}`, 'message', i);
  const page = new RecordedStream();
  hub.join(page, 'run-2');
  expect(page.data).toEqual([3]);
});

test('a reader that missed more than may wait for it looks at everything anew', () => {
  const hub = new Hub('run');
  for (let i = 1; i <= 20; i++) hub.tell(`thing ${i}`, 'message', 'x'.repeat(10_000));
  const page = new RecordedStream();
  expect(hub.join(page, 'run-1')).toBe('anew');
  expect(page.data).toEqual([]);
});
