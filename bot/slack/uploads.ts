/**
 * Pictures as files of Slack's: several of one request as one sheet to choose from, since Slack shows each in full size
 * beneath the other; the one that is picked comes as it is. A file's id is on disk before its upload is finished, so that a crash leaves no file
 * that nobody could delete, and none is uploaded twice. Slack looks at a file for a while before a message may show it.
 */
import { readFile } from 'node:fs/promises';
import type { webApi } from '@slack/bolt';
import type { ReplyPicture } from '../../commands/command.ts';
import type { Card } from '../messages/card.ts';
import { contactSheet } from '../messages/picture-files.ts';
import { shortened } from '../messages/sentences.ts';
import { SurfaceError } from '../messages/surface.ts';
import type { KeyValues } from '../store/key-values.ts';
import { backoff } from '../time/backoff.ts';
import { type Clock, pause } from '../time/clock.ts';
import type { Calls } from './calls.ts';
import { codeOf } from './errors.ts';
import type { Home } from './place.ts';

const KIND = 'slack_upload';
/** Milliseconds between two looks at whether a file is processed: longer each time. */
const LOOKS = { first: 200, longest: 2_000, growth: 1.5 } as const;
/** Milliseconds after which processing is given up for now. */
const PATIENCE = 60_000;
const TITLE = 200;
const SHEET = 'sheet';

/** One file that is to be on Slack. */
interface Wanted {
  /** Which of the job's, as it is kept: a picture's number from 0, or the sheet of all. */
  readonly key: string;
  readonly filename: string;
  /** What it shows. */
  readonly words: string;
  readonly read: () => Promise<Uint8Array>;
}

export class Uploads {
  private readonly calls: Calls;
  private readonly keyValues: KeyValues;
  private readonly clock: Clock;

  constructor(calls: Calls, keyValues: KeyValues, clock: Clock) {
    this.calls = calls;
    this.keyValues = keyValues;
    this.clock = clock;
  }

  /** Slack's id of a card's picture, or of the sheet of its pictures, processed. @throws SurfaceError, what reading a file throws */
  bring(home: Home, card: Card, signal: AbortSignal): Promise<string> {
    const { job, pictures, facts } = card;
    const paths = pictures.map(({ path }) => path);
    const wanted =
      paths.length > 1
        ? { key: SHEET, filename: `${job}.jpg`, read: () => contactSheet(paths) }
        : { key: '0', filename: nameOf(job, 0), read: () => readFile(paths[0]!) };
    return this.bringFile(home, job, { ...wanted, words: facts.prompt }, signal);
  }

  /** Has a picture as it is on Slack. @param index from 0 @throws as `bring` */
  async bringPicture(
    home: Home,
    { job, index, alt: words }: ReplyPicture,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const file = { key: String(index), filename: nameOf(job, index), read: async () => bytes };
    await this.bringFile(home, job, { ...file, words }, signal);
  }

  /** Slack's id of the file that shows a picture: the picture itself, or the sheet with it. @param index from 0 */
  idOf(job: string, index: number): string | undefined {
    return this.kept(job, String(index)) ?? this.kept(job, SHEET);
  }

  /** Deletes all files of a job, everywhere. @throws SurfaceError */
  async remove(home: Home, job: string, signal: AbortSignal): Promise<void> {
    for (const { key, value } of this.keyValues.under(KIND, `${job}:`)) {
      await this.calls.make(home, 'files.delete', { file: value }, { signal }).catch((error: unknown) => {
        if (!isNoFile(error)) throw error;
      });
      await this.keyValues.delete(KIND, key);
    }
  }

  /** The message of a channel that shows a job's pictures, where Slack knows of one. @throws SurfaceError */
  async shownIn(home: Home, job: string, channel: string, signal: AbortSignal): Promise<string | undefined> {
    const file = this.idOf(job, 0);
    if (file === undefined) return undefined;
    const found = await this.info(home, file, signal);
    const { public: open = {}, private: closed = {} } = found?.shares ?? {};
    return (open[channel] ?? closed[channel])?.[0]?.ts;
  }

  private kept(job: string, key: string): string | undefined {
    return this.keyValues.get(KIND, `${job}:${key}`)?.value as string | undefined;
  }

  private async bringFile(
    home: Home,
    job: string,
    { key, filename, words, read }: Wanted,
    signal: AbortSignal,
  ): Promise<string> {
    const known = this.kept(job, key);
    if (known !== undefined && (await this.becomesReady(home, known, signal))) return known;
    const bytes = await read();
    const alt_txt = shortened(words, 1000);
    const given = { filename, length: bytes.length, alt_txt };
    const { file_id, upload_url } = await this.calls.make<webApi.FilesGetUploadURLExternalResponse>(
      home,
      'files.getUploadURLExternal',
      given,
      { signal },
    );
    const file = String(file_id);
    await this.calls.upload(String(upload_url), bytes, filename, signal);
    await this.keyValues.set(KIND, `${job}:${key}`, file);
    const files = [{ id: file, title: shortened(words.replace(/\s+/g, ' '), TITLE) }];
    await this.calls.make(home, 'files.completeUploadExternal', { files }, { signal });
    await pause(this.clock, LOOKS.first, signal);
    if (await this.becomesReady(home, file, signal)) return file;
    throw new SurfaceError(
      { kind: 'unavailable' },
      new Error(`the file ${file} vanished while it was processed`),
    );
  }

  /** Waits until Slack has processed a file. @returns false where there is no such file */
  private async becomesReady(home: Home, file: string, signal: AbortSignal): Promise<boolean> {
    const end = this.clock.monotonic() + PATIENCE;
    for (let looks = 1; ; looks++) {
      const found = await this.info(home, file, signal);
      if (found === undefined) return false;
      if (found.mimetype) return true;
      if (this.clock.monotonic() >= end) {
        throw new SurfaceError({ kind: 'unavailable' }, new Error(`the file ${file} is still processed`));
      }
      await pause(this.clock, backoff(LOOKS, looks), signal);
      signal.throwIfAborted();
    }
  }

  /** Undefined where there is no such file (any more). @throws SurfaceError */
  private async info(
    home: Home,
    file: string,
    signal: AbortSignal,
  ): Promise<webApi.FilesInfoResponse['file']> {
    try {
      return (await this.calls.make<webApi.FilesInfoResponse>(home, 'files.info', { file }, { signal })).file;
    } catch (error) {
      if (isNoFile(error)) return undefined;
      throw error;
    }
  }
}

const nameOf = (job: string, index: number) => `${job}-${index + 1}.png`;

function isNoFile(error: unknown): boolean {
  return ['file_not_found', 'file_deleted'].includes(codeOf(error) ?? '');
}
