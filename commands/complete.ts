/** Suggestions while somebody types a name: of a style, a model, a LoRA file, a ControlNet. */
import type { Installation } from './installation.ts';
import type { Option } from './options.ts';

/** Characters of what is typed that are looked at. */
const TYPED = 100;

export interface Suggestion {
  /** What is shown. */
  readonly label: string;
  /** What is filled in. */
  readonly value: string;
}

type Names = Pick<Installation, 'styles' | 'models' | 'loras' | 'controlNets'>;

/** Suggestions for an option, the best first; none for an option that takes no names. @param typed what is there so far */
export function complete(option: Option, typed: string, installation: Names): readonly Suggestion[] {
  switch (option.type.kind) {
    case 'name':
      return rank(
        typed,
        option.type.of === 'styles'
          ? installation.styles.map(({ name }) => ({ label: name, value: name }))
          : installation.models
              .filter(({ usable }) => usable)
              .map(({ name, title }) => ({ label: `${name} · ${title}`, value: name })),
      );
    case 'choice':
      return rank(
        typed,
        option.type.names.map((name) => ({ label: name, value: name })),
      );
    case 'loras':
      return completeList(typed, installation.loras?.() ?? []);
    case 'file':
      return rank(typed, (installation.controlNets?.() ?? []).map(named));
    default:
      return [];
  }
}

function named(name: string): Suggestion {
  return { label: name, value: name };
}

/** The last name of a list, with what stands before it: `ink:0.8,fi` becomes `ink:0.8,film`. */
function completeList(typed: string, names: readonly string[]): readonly Suggestion[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const taken = before.split(',').map((one) => plain(one.split(':')[0]!));
  const free = names.filter((name) => !taken.includes(plain(name)));
  return rank(typed.slice(before.length), free.map(named))
    .map(({ value }) => named(before + value))
    .filter(({ value }) => value.length <= TYPED);
}

/** Those that begin with what was typed, then those with a word that does, then those that contain it; accents and case aside. */
function rank(typed: string, all: readonly Suggestion[]): readonly Suggestion[] {
  const wanted = plain(typed.slice(0, TYPED).trim());
  const found: Suggestion[][] = [[], [], []];
  for (const { label, value } of all) {
    const places = [plain(value), plain(label)].map((text) => closeness(text, wanted));
    found[Math.min(...places)]?.push({ label, value });
  }
  return found.flat();
}

function closeness(text: string, wanted: string): number {
  if (text.startsWith(wanted)) return 0;
  if (text.includes(` ${wanted}`)) return 1;
  return text.includes(wanted) ? 2 : 3;
}

/** Without accents, in small letters, every gap one blank. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}
