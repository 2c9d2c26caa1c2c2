/** What is asked for: options, words, pictures by address, settings, files by name. */
import { withoutCredentials } from '../credentials.ts';
import type { Words } from '../messages.ts';
import { failure, input, operators } from './entry.ts';
import { plain } from './in-words.ts';

export const ASKING = {
  'option.value': input<{ option: string; value: string; allowed: Words }>(),
  'option.missing': input<{ option: string }>(),
  'option.no_value': input<{ option: string; allowed: Words }>(),
  /** `hint`: what is meant perhaps, or what there is. */
  'option.unknown': input<{ option: string; hint: Words }>(),
  'option.repeated': input<{ option: string }>(),
  'option.conflict': input<{ option: string; other: string }>(),
  'option.needs': input<{ option: string; needs: string }>(),
  'command.words': input<{ command: string; words: string }>(),
  /** `commands`: as they are typed. */
  'command.unknown': input<{ command: string; commands: readonly string[] }>(),
  'prompt.wildcards': input<{ allowed: Words }>(),
  'safety.words': input<{ option: string }>(),
  'safety.word_list': operators.input<{ file: string; line: number; problem: string }>(),
  'picture.address': input<{ allowed: Words }>(),
  'picture.unreachable': input<{ problem: Words }>(),
  'prompt.several': operators.input<{ count: number; first: string; second: string }>(),
  'settings.value': operators.input<{ name: string; value: string; allowed: string }>(({ value }) => ({
    value: plain(withoutCredentials(value)),
  })),
  'settings.needs': operators.input<{ name: string; needs: string }>(),
  'styles.table': operators.input<{ file: string; line: number; problem: string }>(),
  /** `problem`: what the file does, such as "does not exist". */
  'file.unreadable': operators.input<{ option: string; file: string; problem: string }>(),
  'file.unwritable': operators.input<{ option: string; file: string; problem: string }>(),
  'file.write_failed': failure<{ file: string; problem: string }>(),
};
