/** The rule of `House.checkWords`, from the operator's settings. */
import type { Installation } from '../../commands/installation.ts';
import { Fault } from '../../config/faults.ts';
import type { Settings } from '../../config/settings.ts';
import { readWordList } from './word-list.ts';

/** Nothing is refused where no list is set. Read once, at the start. @throws Fault `safety.word_list`, `settings.value` */
export function openWordCheck({
  blocklistFile,
  blocklistNegative,
}: Pick<Settings, 'blocklistFile' | 'blocklistNegative'>): Installation['checkWords'] {
  if (blocklistFile === undefined) return () => {};
  const list = readWordList(blocklistFile);
  return (option, words) => {
    if (option === 'negative' && !blocklistNegative) return;
    if (list.refuses(words)) throw new Fault('safety.words', { option });
  };
}
