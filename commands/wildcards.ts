/**
 * Wildcards in a prompt, as dynamicprompts and ComfyUI's front end know them: `{red|blue}` draws one of them,
 * `{3::red|blue}` red three times as often, `{2$$a|b|c}` two different ones, `{1-2$$ and $$a|b}` one or two with
 * ` and ` between. They nest. Braces without a bar are only braces, and `\{` always is. The same seed draws the same.
 */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';

/** Wildcards within wildcards. */
const DEPTH = 16;
const SEPARATOR = ', ';

/**
 * The prompt with every wildcard drawn. Linear time in the length of the prompt and of the result.
 * @param seed 0 .. 2^53-1 @param stream different streams of one seed draw apart (prompt, negative)
 * @throws Fault `prompt.wildcards`: nested too deep, or the result is over `limit` characters
 */
export function drawWildcards(
  prompt: string,
  seed: number,
  stream = 0,
  limit: number = LIMITS.prompt,
): string {
  if (!/[{}]/.test(prompt)) return prompt;
  // Much may be drawn short; but not without end.
  if (prompt.length > 10 * limit) throw tooMuch(new Phrase('allowed.prompt_length', { n: 10 * limit }));
  const groups = findGroups(prompt);
  const draw = new Draw(prompt, groups, randomFrom(seed, stream), limit);
  return draw.text(0, prompt.length, '{}');
}

/** Text as it must be written so that its braces are only braces. */
export function escapeWildcards(text: string): string {
  return text.replace(/[{}]/g, '\\$&');
}

interface Group {
  readonly end: number;
  /** Where its alternatives are parted: its opening brace, its bars, its closing brace. */
  readonly bounds: readonly number[];
}

/** The wildcards by the place of their opening brace. */
function findGroups(text: string): Map<number, Group> {
  const groups = new Map<number, Group>();
  /** Braces that are open; `deepest`: wildcards nested inside so far. */
  const open: { start: number; bars: number[]; deepest: number }[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '{') open.push({ start: at, bars: [], deepest: 0 });
    else if (character === '|') open.at(-1)?.bars.push(at);
    else if (character === '}') {
      const closed = open.pop();
      if (closed === undefined) continue;
      const isWildcard = closed.bars.length > 0;
      const depth = closed.deepest + (isWildcard ? 1 : 0);
      if (depth > DEPTH) throw tooMuch(new Phrase('allowed.nested', { n: DEPTH }));
      const outer = open.at(-1);
      if (outer !== undefined) outer.deepest = Math.max(outer.deepest, depth);
      if (isWildcard) groups.set(closed.start, { end: at, bounds: [closed.start, ...closed.bars, at] });
    }
  }
  return groups;
}

/** `2$$`, `1-2$$`, `2$$ and $$`: how many, and what stands between them. */
const COUNT = /^\s*(\d{1,2})(?:-(\d{1,2}))?\$\$(?:([^$|{}]*)\$\$)?/;
/** `0.5::`: how often, the others being 1. */
const WEIGHT = /^\s*(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})::/;
/** Longer heads are no counts; this keeps a look at the head of each alternative short. */
const HEAD = 200;

class Draw {
  private readonly prompt: string;
  private readonly groups: ReadonlyMap<number, Group>;
  private readonly random: () => number;
  private readonly limit: number;
  private written = 0;
  private drawn = 0;

  constructor(prompt: string, groups: ReadonlyMap<number, Group>, random: () => number, limit: number) {
    this.prompt = prompt;
    this.groups = groups;
    this.random = random;
    this.limit = limit;
  }

  /** What a part of the prompt becomes. @param escaped what a backslash takes the meaning from */
  text(from: number, to: number, escaped: string): string {
    const pieces: string[] = [];
    let plain = from;
    const flush = (end: number) => {
      if (end > plain) pieces.push(this.write(this.prompt.slice(plain, end)));
    };
    for (let at = from; at < to; at++) {
      const group = this.prompt[at] === '{' ? this.groups.get(at) : undefined;
      if (group !== undefined) {
        flush(at);
        pieces.push(this.choose(group));
        at = group.end;
        plain = at + 1;
      } else if (this.prompt[at] === '\\') {
        if (at + 1 < to && escaped.includes(this.prompt[at + 1]!)) {
          flush(at);
          plain = at + 1;
        }
        at++;
      }
    }
    flush(to);
    return pieces.join('');
  }

  private choose({ bounds }: Group): string {
    if (++this.drawn > this.limit) throw tooMuch(new Phrase('allowed.so_many', { n: this.limit }));
    const [counted = '', low, high = low, separator = SEPARATOR] = this.head(
      COUNT,
      bounds[0]! + 1,
      bounds[1]!,
    );
    const left = bounds.slice(1).map((end, i) => {
      const start = bounds[i]! + 1 + (i === 0 ? counted.length : 0);
      const [weighted = '', weight = '1'] = this.head(WEIGHT, start, end);
      return { start: start + weighted.length, end, weight: Number(weight) };
    });
    const least = Math.min(Number(low ?? 1), Number(high ?? 1));
    const most = Math.max(Number(low ?? 1), Number(high ?? 1));
    const count = least + Math.floor(this.random() * (most - least + 1));
    const chosen: string[] = [];
    for (let i = 0; i < count && left.length > 0; i++) {
      if (i > 0) this.write(separator);
      const [one] = left.splice(this.pick(left), 1);
      chosen.push(this.text(one!.start, one!.end, '{}|'));
    }
    return chosen.join(separator);
  }

  private head(form: RegExp, from: number, to: number): readonly (string | undefined)[] {
    return form.exec(this.prompt.slice(from, Math.min(to, from + HEAD))) ?? [];
  }

  /** An index, each as likely as its weight. */
  private pick(choices: readonly { readonly weight: number }[]): number {
    const sum = choices.reduce((total, { weight }) => total + weight, 0);
    let rest = this.random() * sum;
    const found = choices.findIndex(({ weight }) => {
      rest -= weight;
      return rest < 0;
    });
    return found < 0 ? Math.floor(this.random() * choices.length) : found;
  }

  private write(text: string): string {
    this.written += countCharacters(text);
    if (this.written > this.limit) throw tooMuch(new Phrase('allowed.result_length', { n: this.limit }));
    return text;
  }
}

function tooMuch(allowed: Phrase): Fault {
  return new Fault('prompt.wildcards', { allowed });
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Numbers of 0 .. 1 from a seed: splitmix32 over its halves, one state a stream. */
function randomFrom(seed: number, stream: number): () => number {
  let state = mix(mix(mix(stream) ^ (seed >>> 0)) ^ Math.floor(seed / 2 ** 32));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

function mix(value: number): number {
  let x = (value + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
