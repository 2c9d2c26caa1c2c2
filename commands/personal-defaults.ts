/** Somebody's own defaults, kept in the journal: applied to their `/imagine` where they say nothing. */
import { LANGUAGES, type Language } from '../config/languages.ts';
import type { Style } from '../config/styles.ts';
import type { KnownModel } from './installation.ts';
import type { RawOptions } from './options.ts';

export interface PersonSettings {
  readonly model?: string;
  readonly style?: string;
  /** As typed, such as `3:2`. */
  readonly aspect?: string;
  readonly language?: Language;
}

/** Settings from what was kept; anything that is no setting (an older or newer version's) is left out. */
export function readPersonSettings(kept: { readonly [name: string]: unknown }): PersonSettings {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const model = text(kept.model);
  const style = text(kept.style);
  const aspect = text(kept.aspect);
  const language = LANGUAGES.find(({ code }) => code === kept.language)?.code;
  return {
    ...(model !== undefined && { model }),
    ...(style !== undefined && { style }),
    ...(aspect !== undefined && { aspect }),
    ...(language !== undefined && { language }),
  };
}

/** The options with the person's defaults filled in; a model or style that is not here any more is passed over. */
export function withPersonalDefaults(
  given: RawOptions,
  settings: PersonSettings,
  { models, styles }: { readonly models: readonly KnownModel[]; readonly styles: readonly Style[] },
): RawOptions {
  const { model, style, aspect } = settings;
  const hasModel = models.some(({ name, usable }) => usable && name === model);
  const hasStyle = styles.some(({ name }) => name === style);
  // A picture that is painted beyond its borders, or only in part, has a shape of its own.
  const hasShape = [given.aspect, given.size, given.expand, given.mask].some((value) => value !== undefined);
  return {
    ...given,
    ...(given.model === undefined && hasModel && { model }),
    ...(given.style === undefined && hasStyle && { style }),
    ...(!hasShape && aspect !== undefined && { aspect }),
  };
}
