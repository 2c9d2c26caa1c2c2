/** A job's card as a Discord message: one box with the prompt, how far it is, the picture, what made it, buttons. */
import type { RawFile } from 'discord.js';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { type CardView, viewOf } from '../chat/card-view.ts';
import type { Card } from '../messages/card.ts';
import { enlarged, fitted } from '../messages/picture-files.ts';
import { shortened } from '../messages/sentences.ts';
import { box, COLOURS, gallery, type Message, picture, rows, separator, text } from './components.ts';
import { harmless } from './escape.ts';

export interface Showing {
  readonly language: Language;
  /** Bytes that one file may have. */
  readonly fileLimit: number;
  /** Stands there besides: where the pictures are instead. */
  readonly note?: string;
  /** Milliseconds that the message can still be changed; undefined where for ever. */
  readonly timeLeft?: number | undefined;
  /** Discord's id of the preview that the message shows now: it stays until there is another or the picture itself. */
  readonly shown?: string | undefined;
}

/** A file of a message as Discord names it. */
interface ShownFile {
  readonly id: string;
  readonly filename: string;
}

/** All texts of a message together have 4,000 characters, also once their signs are escaped: first comes what is said of the picture. */
const TEXT = 3990;
const STATUS = 2000;
/** What a preview's file is called. */
const PREVIEW = 'preview.webp';
/** Characters up to which a prompt stands in bold: more would be a wall. */
const BOLD = 200;

/** Reads the pictures from disk. @throws what reading a file throws */
export async function showCard(card: Card, showing: Showing): Promise<Message> {
  const { language, shown } = showing;
  const view = viewOf(card, language);
  const { files, areSmaller } = await filesOf(card, showing.fileLimit);
  const isKept = card.state === 'running' && files.length === 0 && shown !== undefined;
  const kept = isKept ? { id: shown, filename: PREVIEW } : undefined;
  const names = kept === undefined ? files.map(({ name }) => name) : [kept.filename];
  const said = shortened(status(card, view, areSmaller, showing), STATUS);
  const body = box(colourOf(card), [
    text(promptLine(card.facts.prompt, TEXT - said.length)),
    ...gallery(names.map((name, i) => picture(name, view.alt(i)))),
    text(said),
    separator(),
    ...buttonRows(view),
  ]);
  // The list is the whole truth: what the message showed before is gone.
  const attachments = [...(kept === undefined ? [] : [kept]), ...listed(files)];
  return { body: { ...body, attachments }, files };
}

/** Files of a message as its JSON names them. */
export function listed(files: readonly RawFile[]): ShownFile[] {
  return files.map(({ name }, id) => ({ id: String(id), filename: name }));
}

async function filesOf({ job, pictures, preview }: Card, limit: number) {
  const finished = await Promise.all(
    pictures.map(async ({ index, path }) => {
      const { data, isSmaller } = await fitted(path, limit);
      const name = pictures.length === 1 ? job : `${job}-${index + 1}`;
      return { name: `${name}.${isSmaller ? 'webp' : 'png'}`, data, isSmaller };
    }),
  );
  const files: RawFile[] = finished.map(({ name, data }) => ({ name, data }));
  if (preview !== undefined) {
    const data = await enlarged(preview).webp({ quality: 70, effort: 1 }).toBuffer();
    files.unshift({ name: PREVIEW, data });
  }
  return { files, areSmaller: finished.some(({ isSmaller }) => isSmaller) };
}

/** @param most characters */
function promptLine(prompt: string, most: number): string {
  const words = shortened(harmless(prompt), most);
  return [...prompt].length <= BOLD ? `**${words}**` : words;
}

const COLOUR_OF = {
  waiting: COLOURS.plain,
  running: COLOURS.active,
  finished: COLOURS.good,
  failed: COLOURS.bad,
  cancelled: COLOURS.grey,
} as const;

function colourOf({ state, undelivered }: Card): number {
  return undelivered === undefined ? COLOUR_OF[state] : COLOURS.bad;
}

function status(
  { by, state, progress }: Card,
  { headline, sentence, facts, origin, made, note }: CardView,
  areSmaller: boolean,
  { language, fileLimit, note: where, timeLeft = Number.POSITIVE_INFINITY }: Showing,
): string {
  const endsIn = progress !== undefined && 'endsIn' in progress ? (progress.endsIn ?? 0) : 0;
  const isTooLong = headline !== undefined && state !== 'cancelled' && endsIn > timeLeft;
  const lines = [
    headline,
    isTooLong && say(language, 'card.short_life'),
    where && harmless(where),
    sentence && harmless(sentence),
    `-# ${facts} · ${say(language, 'card.by', { name: harmless(by.name) })}`,
    (origin || made) &&
      `-# ${[origin && linked(origin), made && harmless(made)].filter(Boolean).join(' · ')}`,
    note && `-# ${harmless(note)}`,
    areSmaller && `-# ${say(language, 'card.smaller', { limit: Math.floor(fileLimit / 2 ** 20) })}`,
  ];
  return lines.filter(Boolean).join('\n');
}

const linked = ({ words, link }: NonNullable<CardView['origin']>) =>
  link === undefined ? words : `[${words}](${link})`;

/** With several pictures, Pick and Vary are rows of their own: one button a picture, as people know them (U1, V1). */
function buttonRows({ buttons }: CardView) {
  return [
    ...buttons.flatMap(({ choices = [] }) => rows(choices.map((one) => ({ ...one, look: 'plain' })))),
    ...rows(buttons.filter(({ choices }) => choices === undefined)),
  ];
}
