/** Somebody's own defaults, kept in the journal: applied to their `/imagine` where they say nothing. */
import { LANGUAGES, type Language } from '../config/languages.ts';
import type { Style } from '../config/styles.ts';
import type { KnownModel } from './installation.ts';
import type { RawOptions } from './options.ts';

export const YES_NO = ['yes', 'no'] as const;
export type YesNo = (typeof YES_NO)[number];

export interface PersonSettings {
  readonly model?: string;
  readonly style?: string;
  /** As typed, such as `3:2`. */
  readonly aspect?: string;
  /** As typed, such as `768x512`; at most one of it and the aspect. */
  readonly size?: string;
  readonly count?: number;
  readonly steps?: number;
  readonly negative?: string;
  readonly language?: Language;
  /** Whether they are mentioned when a picture that took long is there; yes where absent. */
  readonly ping?: YesNo;
}

/** Settings from what was kept; anything that is no setting (an older or newer version's) is left out. */
export function readPersonSettings(kept: { readonly [name: string]: unknown }): PersonSettings {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const integer = (value: unknown) => (Number.isInteger(value) ? (value as number) : undefined);
  return given({
    model: text(kept.model),
    style: text(kept.style),
    aspect: text(kept.aspect),
    size: text(kept.size),
    count: integer(kept.count),
    steps: integer(kept.steps),
    negative: text(kept.negative),
    language: LANGUAGES.find(({ code }) => code === kept.language)?.code,
    ping: YES_NO.find((one) => one === kept.ping),
  });
}

/** The options with the person's defaults filled in; a model or style that is not here any more is passed over. */
export function withPersonalDefaults(
  options: RawOptions,
  settings: PersonSettings,
  { models, styles }: { readonly models: readonly KnownModel[]; readonly styles: readonly Style[] },
): RawOptions {
  const { model, style, aspect, size, count, steps, negative } = settings;
  const hasModel = models.some(({ name, usable }) => usable && name === model);
  const hasStyle = styles.some(({ name }) => name === style);
  // A picture that is painted beyond its borders, or only in part, has a shape of its own.
  const { expand, mask } = options;
  const hasShape = [options.aspect, options.size, expand, mask].some((value) => value !== undefined);
  return {
    ...given({ count, steps, negative }),
    ...given({ model: hasModel ? model : undefined, style: hasStyle ? style : undefined }),
    ...(hasShape ? {} : given({ aspect, size })),
    ...given(options),
  };
}

/** Without what is `undefined`: that is not given. */
function given<T extends object>(values: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  const all = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as { [N in keyof T]?: Exclude<T[N], undefined> };
}
