/** A job's card as a Discord message: one box with the prompt, how far it is, the picture, what made it, buttons. */
import type { RawFile } from 'discord.js';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { buttonId } from '../chat/custom-id.ts';
import { type Card, type CardPicture, factsLine, madeLine, sentenceOfCard } from '../messages/card.ts';
import { actionLabel, actionLook, altText, headline } from '../messages/card-words.ts';
import { sayNotes } from '../messages/prompt-notes.ts';
import { shortened } from '../messages/sentences.ts';
import type { Body } from './calls.ts';
import {
  box,
  button,
  COLOURS,
  type Component,
  gallery,
  picture,
  rows,
  separator,
  text,
} from './components.ts';
import { harmless } from './escape.ts';
import { type FittedFile, pictureFile, previewFile } from './files.ts';

export interface CardMessage {
  readonly body: Body;
  readonly files: readonly RawFile[];
}

export interface Showing {
  readonly language: Language;
  /** Bytes that one file may have. */
  readonly fileLimit: number;
  /** Stands there besides: where the pictures are instead. */
  readonly note?: string;
  /** Milliseconds that the message can still be changed; undefined where for ever. */
  readonly timeLeft: number | undefined;
  /** The preview that the message shows now: it stays until there is another or the picture itself. */
  readonly shown?: ShownFile | undefined;
}

/** A file of a message as Discord names it. */
export interface ShownFile {
  readonly id: string;
  readonly filename: string;
}

/** All texts of a message together have 4,000 characters: the prompt must leave room, also once its signs are escaped. */
const PROMPT = 3000;
/** Characters up to which a prompt stands in bold: more would be a wall. */
const BOLD = 200;
const ALT = 1024;
/** What is done with one picture of several. */
const EACH = ['pick', 'vary'] as const;

/** Reads the pictures from disk. @throws what reading a file throws */
export async function showCard(card: Card, showing: Showing): Promise<CardMessage> {
  const fitted = await Promise.all(
    card.pictures.map((one) => pictureFile(one, nameOf(card, one), showing.fileLimit)),
  );
  const preview = card.preview === undefined ? [] : [await previewFile(card.preview)];
  const files = [...preview, ...fitted.map(({ file }) => file)];
  const kept = card.state === 'running' && files.length === 0 ? showing.shown : undefined;
  const names = kept === undefined ? files.map(({ name }) => name) : [kept.filename];
  const components = [
    text(promptLine(card.facts.prompt)),
    ...(names.length === 0
      ? []
      : [gallery(names.map((name, i) => picture(name, shortened(altText(card, i, showing.language), ALT))))]),
    text(status(card, fitted, showing)),
    separator(),
    ...buttonRows(card, showing.language),
  ];
  return {
    body: {
      ...box(colourOf(card), components),
      // The list is the whole truth: what the message showed before is gone.
      attachments: [
        ...(kept === undefined ? [] : [kept]),
        ...files.map(({ name }, id) => ({ id: String(id), filename: name })),
      ],
    },
    files,
  };
}

function promptLine(prompt: string): string {
  const words = shortened(harmless(prompt), PROMPT);
  return [...prompt].length <= BOLD ? `**${words}**` : words;
}

function nameOf({ job, pictures }: Card, { index }: CardPicture): string {
  return pictures.length === 1 ? job : `${job}-${index + 1}`;
}

function colourOf({ state, undelivered }: Card): number {
  if (undelivered !== undefined) return COLOURS.bad;
  switch (state) {
    case 'waiting':
      return COLOURS.plain;
    case 'running':
      return COLOURS.active;
    case 'finished':
      return COLOURS.good;
    case 'failed':
      return COLOURS.bad;
    case 'cancelled':
      return COLOURS.grey;
    default:
      return state satisfies never;
  }
}

function status(card: Card, fitted: readonly FittedFile[], showing: Showing): string {
  const { language, fileLimit } = showing;
  const sentence = sentenceOfCard(card, language);
  const lines = [
    ...headlines(card, showing),
    ...(showing.note === undefined ? [] : [harmless(showing.note)]),
    ...(sentence === undefined ? [] : [harmless(sentence)]),
    `-# ${factsLine(card.facts, language)} · ${say(language, 'card.by', { name: harmless(card.by.name) })}`,
  ];
  const made = madeLine(card, language);
  if (made !== undefined) lines.push(`-# ${harmless(made)}`);
  const note = sayNotes(card, language);
  if (note !== undefined) lines.push(`-# ${harmless(note)}`);
  if (fitted.some(({ smaller }) => smaller)) {
    lines.push(`-# ${say(language, 'card.smaller', { limit: Math.floor(fileLimit / 2 ** 20) })}`);
  }
  return lines.join('\n');
}

function headlines(card: Card, { language, timeLeft }: Showing): string[] {
  const words = headline(card, language);
  if (words === undefined || card.state === 'cancelled') return words === undefined ? [] : [words];
  const { progress } = card;
  const endsIn = progress !== undefined && 'endsIn' in progress ? (progress.endsIn ?? 0) : 0;
  const isTooLong = timeLeft !== undefined && endsIn > timeLeft;
  return [words, ...(isTooLong ? [say(language, 'card.short_life')] : [])];
}

/** With several pictures, Pick and Vary are rows of their own: one button a picture, as people know them (U1, V1). */
function buttonRows({ job, actions, pictures }: Card, language: Language): Component[] {
  const ofEach = EACH.filter((action) => pictures.length > 1 && actions.includes(action));
  const main = actions.filter((action) => !ofEach.some((one) => one === action));
  const row = rows(
    main.map((action) => button(actionLabel(action, language), buttonId(action, job), actionLook(action))),
  );
  const pickRows = ofEach.flatMap((action) =>
    rows(
      pictures.map(({ index }) =>
        button(say(language, `button.${action}_of`, { number: index + 1 }), buttonId(action, job, index)),
      ),
    ),
  );
  return [...pickRows, ...row];
}
