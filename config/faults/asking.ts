/** What is asked for: options, words, pictures by address, settings, files by name. */
import { withoutCredentials } from '../credentials.ts';
import type { Words } from '../messages.ts';
import { type Entry, failure, input } from './entry.ts';
import { plain, quote } from './in-words.ts';

export const ASKING = {
  'option.value': input(
    (d: { option: string; value: string; allowed: Words }) =>
      `${d.option} is ${quote(d.value)}; allowed: ${d.allowed}.`,
  ),
  'option.missing': input((d: { option: string }) => `${d.option} is missing; it is required.`),
  'option.no_value': input(
    (d: { option: string; allowed: Words }) => `${d.option} has no value; allowed: ${d.allowed}.`,
  ),
  'option.unknown': input(
    (d: { option: string; hint: Words }) => `${quote(d.option)} is not an option; ${d.hint}`,
  ),
  'option.repeated': input((d: { option: string }) => `${d.option} is given twice; give it once.`),
  'option.conflict': input(
    (d: { option: string; other: string }) => `${d.option} and ${d.other} exclude each other; give one.`,
  ),
  'option.needs': input((d: { option: string; needs: string }) => `${d.option} works only with ${d.needs}.`),
  'command.words': input(
    (d: { command: string; words: string }) =>
      `/${d.command} takes no words of its own, but ${quote(d.words)} was given.`,
  ),
  'command.unknown': input(
    /** `commands`: as they are typed. */
    (d: { command: string; commands: readonly string[] }) =>
      `${quote(d.command)} is not a command; allowed: ${d.commands.join(', ')}.`,
  ),
  'prompt.wildcards': input(
    (d: { allowed: Words }) => `The choices in braces, such as {a|b}, go too far; allowed: ${d.allowed}.`,
  ),
  'safety.words': input(
    (d: { option: string }) =>
      `The ${d.option} has words that are not allowed here; please put it differently.`,
  ),
  'safety.word_list': input(
    (d: { file: string; line: number; problem: string }) => `${quote(d.file)}, line ${d.line}: ${d.problem}.`,
  ),
  'picture.address': input(
    (d: { allowed: Words }) => `The picture's address cannot be used; allowed: ${d.allowed}.`,
  ),
  'picture.unreachable': input(
    (d: { problem: Words }) => `The picture could not be fetched: ${plain(String(d.problem))}.`,
  ),
  'prompt.several': input(
    (d: { count: number; first: string; second: string }) =>
      `The prompt must be one text in quotation marks, but ${d.count} were found, such as ${quote(d.first)} and ${quote(d.second)} (after "npm run imagine", flags need "--" before them).`,
  ),
  'settings.value': input(
    (d: { name: string; value: string; allowed: string }) =>
      `${d.name} is ${quote(withoutCredentials(d.value))}; allowed: ${d.allowed}.`,
  ),
  'settings.needs': input(
    (d: { name: string; needs: string }) => `${d.name} is set, but ${d.needs} is not; set both or neither.`,
  ),
  'styles.table': input(
    (d: { file: string; line: number; problem: string }) => `${quote(d.file)}, line ${d.line}: ${d.problem}.`,
  ),
  'file.unreadable': input(
    (d: { option: string; file: string; problem: string }) =>
      `${d.option} names ${quote(d.file)}, which ${d.problem}.`,
  ),
  'file.unwritable': input(
    (d: { option: string; file: string; problem: string }) =>
      `${d.option} would write ${quote(d.file)}, but ${d.problem}.`,
  ),
  'file.write_failed': failure(
    (d: { file: string; problem: string }) => `${quote(d.file)} could not be written: ${d.problem}.`,
  ),
} satisfies Record<string, Entry>;
