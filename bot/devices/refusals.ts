/** Why a device is refused, in one sentence that people can act on: the runtime's own words are C++ and 900 characters. */
import { DRIVER_LIBRARY, missingLibraries, PROVIDERS } from './gpu-libraries.ts';

/** CUDA 13's first driver; newer ones fit. */
export const OLDEST_DRIVER = 580;

const SET_UP = 'npm run setup:gpu brings it';

/** What CUDA lacks here before anything is tried; undefined where nothing does. */
export function missingCuda(
  platform: NodeJS.Platform = process.platform,
  missing = () => missingLibraries(),
): string | undefined {
  if (platform !== 'linux')
    return `CUDA is used on Linux only; on ${platform === 'win32' ? 'Windows take dml' : 'this system take coreml'}`;
  const names = missing();
  if (names.length === 0) return undefined;
  if (names.includes(PROVIDERS[1]))
    return "onnxruntime's CUDA provider is not installed (npm run setup:gpu installs it)";
  if (names.includes(DRIVER_LIBRARY))
    return `NVIDIA's driver is not installed: ${DRIVER_LIBRARY} is not found`;
  const [first, ...others] = names;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `the library ${first}${more} is not found (${SET_UP})`;
}

/** Each with what a message of CUDA, the loader or the runtime says in that case. */
const CAUSES: readonly (readonly [pattern: RegExp, sentence: (found: RegExpExecArray) => string])[] = [
  [
    /(lib[\w.+-]{1,80}\.so[\w.]{0,20}): cannot open shared object file/,
    ([, name]) =>
      name === DRIVER_LIBRARY
        ? `NVIDIA's driver is not installed: ${DRIVER_LIBRARY} is not found`
        : `the library ${name} is not found (${SET_UP})`,
  ],
  [
    /driver version is insufficient|CUDA failure 35\b/i,
    () => `NVIDIA's driver is too old for CUDA 13; needed: ${OLDEST_DRIVER} or newer`,
  ],
  [
    /no kernel image is available|CUDA failure 209\b/i,
    () =>
      'this card is of a generation before Turing (compute capability 7.5), for which the runtime has no code; GTX 16, RTX 20 and newer work',
  ],
  [/invalid device ordinal|CUDA failure 101\b/i, () => 'there is no card of this number'],
  [/no CUDA-capable device|CUDA failure 100\b/i, () => 'there is no NVIDIA card'],
  [/out of memory|CUDA failure 2\b/i, () => 'its memory is full: something else uses the card'],
];

/**
 * @param said the runtime's error
 * @param heard what the trying process wrote to its standard error, where the loader's own words go
 */
export function refusal(said: string, heard: string): string {
  for (const [pattern, sentence] of CAUSES) {
    const found = pattern.exec(heard) ?? pattern.exec(said);
    if (found) return sentence(found);
  }
  const words = said.split('\n')[0]!.trim().replace(/\.$/, '');
  return words.length > 200 ? `${words.slice(0, 200)}...` : words;
}
