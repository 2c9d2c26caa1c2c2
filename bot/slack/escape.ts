/** Words for people on Slack: anybody's own words literally, without mentions or links. */
import { imagine } from '../../commands/imagine.ts';
import { findCommand } from '../../commands/index.ts';
import { withoutMentions } from '../../commands/mentions.ts';
import type { Language } from '../../config/languages.ts';
import { toldSentence } from '../messages/sentences.ts';

/** Slack's three control characters as what they look like. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text that mentions nobody and links nowhere, whatever stands in it. */
export function harmless(text: string): string {
  return escaped(withoutMentions(text));
}

/** The one sentence of a refusal or failure. */
export function sentenceOf(error: unknown, language: Language): string {
  return inSlackWords(harmless(toldSentence(error, language)));
}

/** Names of slash commands belong to the whole workspace: only `/imagine` and `/darkroom` are ours. */
export const SLASH = '/darkroom';
const TYPED = /(?<=^|[\s(“"])\/([\p{L}-]{1,40})/gu;

/** Hints such as `/cancel all` as they are typed here. */
export function inSlackWords(text: string): string {
  return text.replace(TYPED, (typed, name: string) =>
    name === imagine.name || findCommand(name) === undefined ? typed : `${SLASH} ${name}`,
  );
}
