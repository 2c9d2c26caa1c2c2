/**
 * What all open pages are told. Of each thing (a message, the queue) only the newest word is kept, so that a page
 * whose connection broke gets what it has missed and nothing twice; one that was away too long begins anew.
 */
import { LRUCache } from 'lru-cache';
import { type EventStream, formatEvent, MOST_WAITING } from './streams.ts';

interface Word {
  /** As it is sent. */
  readonly text: string;
  readonly number: number;
}

/** Things of which the newest word is kept. */
const KEPT = 300;
/** Characters of what was missed that are sent at once: with more, the reader would be taken for a slow one. */
const MOST_MISSED = MOST_WAITING / 2;

export class Hub {
  private readonly streams = new Set<EventStream>();
  /** The newest word about each thing. */
  private readonly words = new LRUCache<string, Word>({
    max: KEPT,
    dispose: ({ number }, _thing, reason) => {
      if (reason === 'evict') this.droppedTo = number;
    },
  });
  /** Of this run of the service: numbers of an earlier one mean nothing here. */
  private readonly run: string;
  private number = 0;
  /** Words up to this number may have been dropped. */
  private droppedTo = 0;

  constructor(run: string) {
    this.run = run;
  }

  get listeners(): number {
    return this.streams.size;
  }

  /** The id of the last word. */
  get position(): string {
    return this.id(this.number);
  }

  /** @param thing what it is about, such as `message 01J...` */
  tell(thing: string, event: string, data: unknown): void {
    const number = ++this.number;
    // Written once, however many listen.
    const word = { text: formatEvent(event, data, this.id(number)), number };
    this.words.set(thing, word);
    for (const stream of this.streams) stream.write(word.text);
  }

  /**
   * Lets a page listen. @param last the id of the last word it heard
   * @returns `missed`: the words since then were sent; `anew`: it must look at everything again
   */
  join(stream: EventStream, last: string | undefined): 'missed' | 'anew' {
    const missed = this.missedSince(this.numberOf(last));
    stream.write(formatEvent('hello', { anew: missed === undefined }, this.position));
    for (const text of missed ?? []) stream.write(text);
    this.streams.add(stream);
    stream.onEnd(() => this.streams.delete(stream));
    return missed === undefined ? 'anew' : 'missed';
  }

  /** The words after that number; undefined where they are not all there, or too many. */
  private missedSince(since: number | undefined): readonly string[] | undefined {
    if (since === undefined || since < this.droppedTo) return undefined;
    const words = [...this.words.rvalues()];
    const missed = words.flatMap((word) => (word !== undefined && word.number > since ? [word.text] : []));
    const length = missed.reduce((sum, text) => sum + text.length, 0);
    return length > MOST_MISSED ? undefined : missed;
  }

  close(): void {
    for (const stream of this.streams) stream.end();
  }

  private id(number: number): string {
    return `${this.run}-${number}`;
  }

  private numberOf(id: string | undefined): number | undefined {
    const [run, number] = id?.split('-') ?? [];
    return run === this.run && /^\d{1,15}$/.test(number ?? '') ? Number(number) : undefined;
  }
}
