/**
 * A typed command into raw values by option name: `a red fox --style anime --seed 42 --negative "ugly, blurry"`.
 * What the values mean is checked later, by the same readers that check structured options and forms.
 *
 * - Flags stand before, after or among the words; `--name value` or `--name=value`, the name in any case.
 * - Chat clients turn `--` into a dash: `—style` is a flag where `style` is one, and words otherwise.
 * - A value with blanks stands in quotation marks of any kind; `\"` inside is a quotation mark, `\\` a backslash.
 * - Text such as `--negative` may go without, once the words are there: it then reaches to the next flag.
 * - Within quotation marks nothing is a flag. Words that stand in them as a whole lose them.
 *
 * Time is linear in the length of the text, whatever it is.
 */
import { LIMITS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { Command } from './command.ts';
import type { Option } from './options.ts';
import { nearestName } from './parse-flags.ts';
import { allowedValues } from './read-option.ts';

/**
 * The values of each option that was given.
 * @throws Fault `option.value` for a line that is too long, `option.unknown`, `option.no_value`, `option.repeated`,
 * `command.words`
 */
export function parseText(
  text: string,
  command: Pick<Command, 'name' | 'options' | 'words'>,
): Record<string, string> {
  checkLine(text);
  return new TextParser(text, command).parse();
}

/** Looked at before anything is read. @param option what the surface calls the line @throws Fault `option.value` */
export function checkLine(line: string, option = 'text'): void {
  if (line.length <= LIMITS.line) return;
  const allowed = new Phrase('allowed.text', { min: 0, max: LIMITS.line, blank: 'yes' });
  throw new Fault('option.value', { option, value: line.slice(0, 402), allowed });
}

type Parsed = Pick<Command, 'name' | 'options' | 'words'>;

const DASHES = '[-\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d]';
const FLAG = new RegExp(`(${DASHES}{1,3})(\\p{L}[^\\s=]*)`, 'uy');
const DOUBLE_QUOTES = new Set('"“”„‟«»″＂');
const SINGLE_QUOTES = new Set("'‘’‚‛＇");

interface QuoteRule {
  readonly marks: ReadonlySet<string>;
  /** Whether a mark within begins other quoted text, so that this one is not quoted text at all. */
  opens(text: string, at: number): boolean;
  closes(text: string, at: number): boolean;
}

const isBlank = (character: string | undefined) => character === undefined || /\s/.test(character);
const VALUE: QuoteRule = { marks: DOUBLE_QUOTES, opens: () => false, closes: () => true };
/** An apostrophe within a word closes nothing. */
const SINGLE_VALUE: QuoteRule = {
  marks: SINGLE_QUOTES,
  opens: () => false,
  closes: (text, at) => isBlank(text[at + 1]),
};
/** In words a mark may stand alone (`a 6 " pipe --negative "ugly"`). */
const IN_WORDS: QuoteRule = {
  marks: DOUBLE_QUOTES,
  opens: (text, at) => (isBlank(text[at - 1]) || text[at - 1] === '=') && !isBlank(text[at + 1]),
  closes: () => true,
};

class TextParser {
  private readonly text: string;
  private readonly command: Parsed;
  /** Option names by all their spellings. */
  private readonly names = new Map<string, string>();
  private readonly values = new Map<string, string>();
  private readonly words: string[] = [];
  private at = 0;
  /** From here on no quotation mark of the kind closes: not looked for again. */
  private readonly unclosedFrom = new Map<QuoteRule, number>();

  constructor(text: string, command: Parsed) {
    this.text = text;
    this.command = command;
    for (const [name, option] of Object.entries(command.options)) {
      for (const spelling of [name, option.flag ?? name, ...(option.also ?? [])]) {
        this.names.set(spelling, name);
      }
    }
  }

  parse(): Record<string, string> {
    let start = 0;
    /** The option whose text began without quotation marks and reaches to the next flag. */
    let open: string | undefined;
    const closeRun = () => {
      const run = this.text.slice(start, this.at).trim();
      if (open !== undefined) this.set(open, run);
      else if (run !== '') this.words.push(run);
      open = undefined;
    };
    for (;;) {
      this.skip(/\s*/y);
      const flag = this.flagAt(this.at);
      if (flag === undefined && this.at < this.text.length) {
        this.at = this.endOfQuoted(this.at, IN_WORDS) ?? this.endOf(/\S+/y);
        continue;
      }
      closeRun();
      if (flag === undefined) break;
      open = this.readFlag(flag);
      start = this.at;
    }
    this.giveWords();
    return Object.fromEntries(this.values);
  }

  /** The flag that begins here. Only `--` makes one of an unknown name, which is then refused. */
  private flagAt(at: number): { given: string; name: string | undefined; end: number } | undefined {
    FLAG.lastIndex = at;
    const [given, dashes, letters] = FLAG.exec(this.text) ?? [];
    if (given === undefined || dashes === '-') return undefined;
    const name = this.names.get(letters!.toLowerCase());
    if (name === undefined && dashes !== '--') return undefined;
    return { given, name, end: at + given.length };
  }

  /** Reads a flag and its value. @returns the option, where its text reaches on to the next flag */
  private readFlag({ given, name, end }: { given: string; name: string | undefined; end: number }) {
    if (name === undefined) throw this.unknown(given);
    const { type } = this.command.options[name]!;
    this.at = end;
    const inline = this.text[end] === '=';
    if (inline) this.at++;
    else this.skip(/\s*/y);
    const quoted = this.endOfQuoted(this.at, VALUE) ?? this.endOfQuoted(this.at, SINGLE_VALUE);
    if (quoted !== undefined) {
      this.set(name, withoutEscapes(this.text.slice(this.at + 1, quoted - 1)));
      this.at = quoted;
      return undefined;
    }
    if (!inline && (this.at >= this.text.length || this.flagAt(this.at) !== undefined)) {
      throw new Fault('option.no_value', { option: `--${name}`, allowed: allowedValues(type) });
    }
    if (!inline && type.kind === 'text' && this.words.length > 0) return name;
    const from = this.at;
    this.at = this.endOf(/\S*/y);
    this.set(name, this.text.slice(from, this.at));
    return undefined;
  }

  private giveWords(): void {
    const { name, words: target } = this.command;
    if (this.words.length === 0) return;
    const [only] = this.words;
    const words = this.words.length === 1 ? withoutQuotes(only!) : this.words.join(' ');
    if (target === undefined) throw new Fault('command.words', { command: name, words });
    this.set(target, words);
  }

  private set(name: string, value: string): void {
    const before = this.values.get(name);
    const isList = this.command.options[name]!.type.kind === 'loras';
    if (before !== undefined && !isList) throw new Fault('option.repeated', { option: `--${name}` });
    this.values.set(name, before === undefined ? value : `${before},${value}`);
  }

  private unknown(given: string): Fault {
    const options: [string, Option][] = Object.entries(this.command.options);
    const names = options.map(([name]) => name).filter((name) => name !== this.command.words);
    const allowed = names.map((name) => `--${name}`).join(', ') || new Phrase('allowed.none');
    const near = nearestName(given, names);
    const hint =
      near === undefined
        ? new Phrase('hint.allowed', { allowed })
        : new Phrase('hint.near', { near: `--${near}`, allowed });
    return new Fault('option.unknown', { option: given, hint });
  }

  /** Where quoted text that begins here ends, behind its closing mark. */
  private endOfQuoted(at: number, rule: QuoteRule): number | undefined {
    if (!rule.marks.has(this.text[at] ?? '')) return undefined;
    if (at >= (this.unclosedFrom.get(rule) ?? Number.POSITIVE_INFINITY)) return undefined;
    const found = endOfQuoted(this.text, at, rule);
    if (found === 'never') this.unclosedFrom.set(rule, at);
    return typeof found === 'number' ? found : undefined;
  }

  private skip(what: RegExp): void {
    this.at = this.endOf(what);
  }

  private endOf(what: RegExp): number {
    what.lastIndex = this.at;
    what.test(this.text);
    return Math.max(what.lastIndex, this.at);
  }
}

/** `never`: no mark closes it, nor anything that begins behind it. */
function endOfQuoted(text: string, at: number, { marks, opens, closes }: QuoteRule) {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (!marks.has(text[i]!)) continue;
    else if (opens(text, i)) return 'another opens';
    else if (closes(text, i)) return i + 1;
  }
  return 'never';
}

/** Text that stands in quotation marks as a whole, without them. */
function withoutQuotes(text: string): string {
  if (!DOUBLE_QUOTES.has(text[0]!) || endOfQuoted(text, 0, IN_WORDS) !== text.length) return text;
  return withoutEscapes(text.slice(1, -1));
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(["“”„‟«»″＂'‘’‚‛＇\\])/g, '$1');
}
