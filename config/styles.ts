/** Styles: words put around a prompt. One file in the columns of AUTOMATIC1111's `styles.csv`. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from './defaults.ts';
import { Fault } from './faults.ts';

export interface Style {
  readonly name: string;
  /** With `{prompt}` where the person's words go; without it, put behind them. */
  readonly prompt: string;
  readonly negative: string;
}

export const STYLES_FILE = join(import.meta.dirname, 'styles.csv');

export function readStylesFile(file = STYLES_FILE): readonly Style[] {
  return parseStyles(readFileSync(file, 'utf8'), file);
}

/**
 * The built-in styles and those of the operator's file: one with the name of a built-in style takes its place.
 * @throws Fault `styles.table`; `settings.value` where the file cannot be read
 */
export function readStyles(ownFile: string | undefined): readonly Style[] {
  const builtIn = readStylesFile();
  if (ownFile === undefined) return builtIn;
  const own = new Map(parseStyles(readOwnFile(ownFile), ownFile).map((style) => [keyOf(style), style]));
  const merged = builtIn.map((style) => own.get(keyOf(style)) ?? style);
  const known = new Set(builtIn.map(keyOf));
  return [...merged, ...[...own.values()].filter((style) => !known.has(keyOf(style)))];
}

const keyOf = ({ name }: Style) => name.toLowerCase();

function readOwnFile(file: string): string {
  const refuse = (allowed: string, cause?: unknown) =>
    new Fault('settings.value', { name: 'STYLES_FILE', value: file, allowed }, cause);
  try {
    if (statSync(file).size > LIMITS.tableBytes) throw refuse('a CSV file of at most 1 MiB');
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof Fault ? error : refuse('a CSV file that can be read', error);
  }
}

/**
 * Styles from CSV text with a header line: `name`, `prompt` (`text` in old files), `negative_prompt`, in any order;
 * other columns are ignored, and a byte order mark at the start is, too.
 * @throws Fault `styles.table`
 */
export function parseStyles(csv: string, file: string): readonly Style[] {
  const [header, ...rows] = parseCsv(csv.replace(/^\ufeff/, ''), file);
  const refuse = (line: number, problem: string) => new Fault('styles.table', { file, line, problem });
  const column = (...names: string[]) => header?.cells.findIndex((cell) => names.includes(cell.trim())) ?? -1;
  const [name, prompt, negative] = [column('name'), column('prompt', 'text'), column('negative_prompt')];
  if (name < 0 || prompt < 0) throw refuse(1, 'the columns "name" and "prompt" are required');

  const seen = new Set<string>();
  return rows.map(({ line, cells }) => {
    const style = {
      name: cells[name]?.trim() ?? '',
      prompt: cells[prompt]?.trim() ?? '',
      negative: cells[negative]?.trim() ?? '',
    };
    if (style.name === '') throw refuse(line, 'the style has no name');
    if (style.name.length > LIMITS.name)
      throw refuse(line, `the name is longer than ${LIMITS.name} characters`);
    if (seen.has(style.name.toLowerCase())) throw refuse(line, `the style "${style.name}" stands here again`);
    seen.add(style.name.toLowerCase());
    return style;
  });
}

/** The person's words dressed in a style, as A1111's `merge_prompts`. */
export function applyStyle(
  style: Style,
  prompt: string,
  negative: string,
): { prompt: string; negative: string } {
  return { prompt: merge(style.prompt, prompt), negative: merge(style.negative, negative) };
}

function merge(style: string, words: string): string {
  if (style.includes('{prompt}')) return style.replaceAll('{prompt}', () => words);
  return [words, style].filter((part) => part !== '').join(', ');
}

interface Row {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** CSV as in RFC 4180: cells in quotation marks may hold commas, line ends and doubled quotation marks. Linear time. */
function parseCsv(csv: string, file: string): Row[] {
  const text = csv.endsWith('\n') ? csv : `${csv}\n`;
  const rows: Row[] = [];
  let cells: string[] = [];
  let line = 1;
  let start = 1;
  for (let at = 0; at < text.length; ) {
    const quoted = readQuoted(text, at);
    if (quoted === undefined) {
      throw new Fault('styles.table', { file, line: start, problem: 'a quotation mark is not closed' });
    }
    const end = nextSeparator(text, quoted.end);
    cells.push(quoted.cell + text.slice(quoted.end, end).replace(/\r$/, ''));
    line += quoted.cell.split('\n').length - 1;
    if (text[end] === '\n') {
      line++;
      if (cells.some((cell) => cell.trim() !== '')) rows.push({ line: start, cells });
      cells = [];
      start = line;
    }
    at = end + 1;
  }
  return rows;
}

/** The content of a cell in quotation marks and where it ends; nothing where none begins; undefined where it never ends. */
function readQuoted(text: string, at: number): { cell: string; end: number } | undefined {
  if (text[at] !== '"') return { cell: '', end: at };
  let cell = '';
  for (let open = at + 1; ; ) {
    const close = text.indexOf('"', open);
    if (close < 0) return undefined;
    cell += text.slice(open, close);
    if (text[close + 1] !== '"') return { cell, end: close + 1 };
    cell += '"';
    open = close + 2;
  }
}

function nextSeparator(text: string, from: number): number {
  for (let at = from; ; at++) if (text[at] === ',' || text[at] === '\n') return at;
}
