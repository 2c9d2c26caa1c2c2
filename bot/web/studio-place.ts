/** Where requests of the page are made: in one place, and each in the language of whoever asks, which its message speaks. */
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Place } from '../jobs/job.ts';
import { SURFACE } from './visitor.ts';

const CHANNEL = 'studio';

/** Where a request of the page is made, and in which language its message speaks. */
function studioPlace(language: Language): Place {
  return { surface: SURFACE, channel: CHANNEL, data: { language } };
}

/** Who asks, and where their request goes. */
export function askingOf({ visitor, language }: Pick<Express.Locals, 'visitor' | 'language'>): Asking {
  return { by: visitor.person, place: studioPlace(language) };
}

/** English for requests of before there was a choice. */
export function languageOfPlace({ data }: Place): Language {
  const { language } = (data ?? {}) as { language?: unknown };
  return LANGUAGE_CODES.find((code) => code === language) ?? 'en';
}
