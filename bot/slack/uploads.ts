/**
 * Pictures as files of Slack's. A file's id is on disk before its upload is finished, so that a crash leaves no file
 * that nobody could delete, and none is uploaded twice. Slack looks at a file for a while before a message may show it.
 */
import { readFile } from 'node:fs/promises';
import type { webApi } from '@slack/bolt';
import type { Card, CardPicture } from '../messages/card.ts';
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

export class Uploads {
  private readonly calls: Calls;
  private readonly keyValues: KeyValues;
  private readonly clock: Clock;

  constructor(calls: Calls, keyValues: KeyValues, clock: Clock) {
    this.calls = calls;
    this.keyValues = keyValues;
    this.clock = clock;
  }

  /** Slack's ids of all pictures of a card, each processed. @throws SurfaceError, what reading a file throws */
  bring(home: Home, card: Card, signal: AbortSignal): Promise<string[]> {
    return Promise.all(card.pictures.map((picture) => this.bringOne(home, card, picture, signal)));
  }

  /** Slack's id of a picture that was uploaded. @param index from 0 */
  idOf(job: string, index: number): string | undefined {
    return this.keyValues.get(KIND, `${job}:${index}`)?.value as string | undefined;
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

  /** The message of a channel that shows a job's first picture, where Slack knows of one. @throws SurfaceError */
  async shownIn(home: Home, job: string, channel: string, signal: AbortSignal): Promise<string | undefined> {
    const file = this.idOf(job, 0);
    if (file === undefined) return undefined;
    const found = await this.info(home, file, signal);
    const { public: open = {}, private: closed = {} } = found?.shares ?? {};
    return (open[channel] ?? closed[channel])?.[0]?.ts;
  }

  private async bringOne(home: Home, card: Card, picture: CardPicture, signal: AbortSignal): Promise<string> {
    const key = `${card.job}:${picture.index}`;
    const known = this.idOf(card.job, picture.index);
    if (known !== undefined && (await this.becomesReady(home, known, signal))) return known;
    const bytes = await readFile(picture.path);
    const filename = `${card.job}-${picture.index + 1}.png`;
    const alt_txt = shortened(card.facts.prompt, 1000);
    const given = { filename, length: bytes.length, alt_txt };
    const { file_id, upload_url } = await this.calls.make<webApi.FilesGetUploadURLExternalResponse>(
      home,
      'files.getUploadURLExternal',
      given,
      { signal },
    );
    const file = String(file_id);
    await this.calls.upload(String(upload_url), bytes, filename, signal);
    await this.keyValues.set(KIND, key, file);
    const files = [{ id: file, title: shortened(card.facts.prompt.replace(/\s+/g, ' '), TITLE) }];
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

function isNoFile(error: unknown): boolean {
  return ['file_not_found', 'file_deleted'].includes(codeOf(error) ?? '');
}
