/** Styles: words put around a prompt. One file in the columns of AUTOMATIC1111's `styles.csv`. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
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
  const [header, ...rows] = readRows(csv, file);
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

const FORM = {
  bom: true,
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
  // A quotation mark within a cell is one: `6" tall`.
  relax_quotes: true,
  skip_empty_lines: true,
  skip_records_with_empty_values: true,
};

/** CSV as in RFC 4180: cells in quotation marks may hold commas, line ends and doubled quotation marks. */
function readRows(csv: string, file: string): Row[] {
  const rows: Row[] = [];
  let end = 0;
  const refuse = (problem: string, cause?: unknown) =>
    new Fault('styles.table', { file, line: end + 1, problem }, cause);
  const on_record = (cells: string[], { lines }: { lines: number }) => {
    if (rows.length > LIMITS.styles) throw refuse(`the file has more than ${LIMITS.styles} rows`);
    end = lines;
    rows.push({ line: lines - (cells.join('').split('\n').length - 1), cells });
    return null;
  };
  try {
    parse(csv, { ...FORM, on_record });
    return rows;
  } catch (error) {
    throw error instanceof Fault ? error : refuse('a quotation mark is not closed', error);
  }
}
