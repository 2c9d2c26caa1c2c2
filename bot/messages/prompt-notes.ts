/** What stands in a prompt that is read as mere words though its writer surely meant more: said beside the picture. */
import type { Language } from '../../config/languages.ts';
import { type MessageKey, say } from '../../config/messages.ts';
import { namesEmbedding } from '../../pipeline/text/embedding-names.ts';
import { sayUnknown } from './known-words.ts';

/** `story`: not of the words, but of the start picture, which says how it was made; `style`: its words were left out. */
export type PromptNote = 'infotext' | 'embedding' | 'story' | 'style';

const KEYS = {
  infotext: 'card.note_infotext',
  embedding: 'card.note_embedding',
  story: 'card.note_story',
  style: 'card.note_style',
} as const satisfies Record<PromptNote, MessageKey>;

/** A line of A1111's infotext: `Steps: 28, Sampler: Euler, ...`, or its negative prompt. */
const INFOTEXT =
  /(^|\n|\s)(steps:\s*\d+\s*,\s*(sampler|schedule type|cfg scale|seed|size):|negative prompt:\s*\S)/i;

export function promptNotes({
  prompt,
  negative,
}: {
  prompt: string;
  negative: string;
}): readonly PromptNote[] {
  return [
    ...(INFOTEXT.test(prompt) ? (['infotext'] as const) : []),
    ...([prompt, negative].some(namesEmbedding) ? (['embedding'] as const) : []),
  ];
}

/** @returns one sentence a note */
export function sayPromptNotes(notes: readonly PromptNote[], language: Language): readonly string[] {
  return notes.map((note) => say(language, KEYS[note]));
}

/** Everything worth saying about a card's words, in one line; nothing where there is nothing. */
export function sayNotes(
  card: { readonly unknownWords?: readonly string[]; readonly promptNotes?: readonly PromptNote[] },
  language: Language,
): string | undefined {
  const unknown = sayUnknown(card.unknownWords ?? [], language);
  const all = [
    ...sayPromptNotes(card.promptNotes ?? [], language),
    ...(unknown === undefined ? [] : [unknown]),
  ];
  return all.length === 0 ? undefined : all.join(' · ');
}
