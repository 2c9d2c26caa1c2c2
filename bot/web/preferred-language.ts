/** The language that a browser asks for. */
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';

/** Languages of one header that are looked at; browsers send a few. */
const MOST = 20;

/** The first language of an `Accept-Language` header that we speak (RFC 9110, 12.5.4); English where there is none. */
export function preferredLanguage(header: string | undefined): Language {
  const ranges = (header ?? '').split(',', MOST).map((range) => {
    const [tag = '', ...parameters] = range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    const quality = parameters.find((one) => one.startsWith('q='))?.slice(2);
    return { code: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) };
  });
  const spoken = ranges.flatMap(({ code, quality }) => {
    const language = LANGUAGE_CODES.find((one) => one === code);
    return language === undefined || !(quality > 0) ? [] : [{ language, quality }];
  });
  return spoken.sort((a, b) => b.quality - a.quality)[0]?.language ?? 'en';
}
