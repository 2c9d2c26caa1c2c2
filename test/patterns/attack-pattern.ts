/**
 * Looks for a text on which a regular expression takes more than linear time: beginnings that the pattern likes, one
 * or two characters again and again, and an end that it does not expect. Only what grows by more than its length is
 * reported, in time of the processor, so that a slow or busy machine makes no difference.
 */
import { createContext, Script } from 'node:vm';
import { processorTime } from '../processor-time.ts';
import type { Pattern } from './find-patterns.ts';

/** Characters: quadratic time is a hundred times linear time here, and still over in a moment. */
const SHORT = 6_000;
const LONG = 24_000;
/** Milliseconds that no linear look at the short text takes. */
const SUSPICIOUS = 4;
/** The long text is four times the short one: linear time is 4 times, quadratic 16 times as long. */
const GROWTH = 9;

/** Milliseconds on the clock: an exponential pattern never ends. */
const GIVEN_UP = 1_000;

const COMMON = [...' \n\ta1.,:/-"\'<({$=@é日'];
const ENDS = ['\u0001', ''];

/** The text that is slow, shortened; undefined where none was found. */
export function findSlowText({ source, flags }: Pick<Pattern, 'source' | 'flags'>): string | undefined {
  const pattern = new RegExp(source, flags);
  const pumps = pumpsOf(source);
  for (const beginning of beginningsOf(source)) {
    for (const pump of pumps) {
      for (const end of ENDS) {
        const text = (length: number) => beginning + pump.repeat(length / pump.length) + end;
        const first = time(pattern, text(SHORT));
        if (first < SUSPICIOUS) continue;
        if (first === Number.POSITIVE_INFINITY) return `${beginning}${pump} x ${SHORT / pump.length}${end}`;
        const best = (length: number) => Math.min(...[1, 2, 3].map(() => time(pattern, text(length))));
        const short = best(SHORT);
        if (short < SUSPICIOUS / 2) continue;
        const long = best(LONG);
        if (long > GROWTH * short) return `${beginning}${pump} x ${LONG / pump.length}${end}`;
      }
    }
  }
  return undefined;
}

const world: { pattern: RegExp; text: string } = { pattern: /x/, text: '' };
const context = createContext(world);
/** As patterns are used: for the first match, or for all of them. */
const look = new Script(
  'pattern.lastIndex = 0; pattern.global ? text.replace(pattern, "") : pattern.test(text)',
);

/** Milliseconds of the processor; given up after a second, most of which was its own. */
function time(pattern: RegExp, text: string): number {
  Object.assign(world, { pattern, text });
  for (;;) {
    let ended = true;
    const taken = processorTime(() => {
      try {
        look.runInContext(context, { timeout: GIVEN_UP });
      } catch {
        ended = false;
      }
    });
    if (ended) return taken;
    if (taken > GIVEN_UP / 2) return Number.POSITIVE_INFINITY;
  }
}

/** Characters that stand in the pattern, and ones of the classes that it names. */
function charactersOf(source: string): string[] {
  const literal = [...source.replace(/\\[pP]\{[^}]*\}|\\[a-zA-Z]|[()[\]{}*+?|^$]/gu, '')];
  const classes = [
    ...(/\\s|\\P|White_Space/.test(source) ? [' '] : []),
    ...(/\\d|\\w|0-9|\\p\{N/.test(source) ? ['1'] : []),
    ...(/\\w|\\p\{L|a-z|\\S/.test(source) ? ['a'] : []),
    ...(/A-Z/.test(source) ? ['A'] : []),
  ];
  return [...new Set([...classes, ...literal.filter((character) => character !== '\\')])];
}

function pumpsOf(source: string): string[] {
  const own = charactersOf(source).slice(0, 10);
  const pairs = own.slice(0, 6).flatMap((a) =>
    own
      .slice(0, 6)
      .filter((b) => b !== a)
      .map((b) => a + b),
  );
  return [...new Set([...own, ...COMMON, ...pairs])];
}

/** Nothing, and the letters with which the pattern begins, as far as they are letters. */
function beginningsOf(source: string): string[] {
  const plain = source.replace(/^\^/, '').replace(/\\([^a-zA-Z])/g, '$1');
  const front = /^[\w<:/ "'-]*/.exec(plain)?.[0] ?? '';
  const own = charactersOf(source);
  return [...new Set(['', front, ...own.slice(0, 2)])];
}
