/** Suggestions while somebody types the name of a style or model. */
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

type Names = Pick<Installation, 'styles' | 'models'>;

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
    default:
      return [];
  }
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
