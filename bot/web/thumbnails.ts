/**
 * Finished pictures small, for the history and the gallery. They are kept in memory only and within a limit: on disk a
 * deleted picture would have a second place to remain in, and making one again takes a few milliseconds.
 */
import sharp from 'sharp';

/** Pixels of the longer side: a card's width on a screen with fine pixels. */
const LARGEST = 768;
/** Bytes that are kept. */
const ROOM = 24 * 2 ** 20;

export class Thumbnails {
  /** By the picture's digest, the one that was asked for last at the end. */
  private readonly made = new Map<string, Uint8Array>();
  private readonly making = new Map<string, Promise<Uint8Array | undefined>>();
  private readonly room: number;
  private taken = 0;

  /** @param room bytes that are kept */
  constructor(room = ROOM) {
    this.room = room;
  }

  /**
   * A picture as WebP, at most 768 pixels wide and high.
   * @param key what changes when the picture does
   * @param read the picture's bytes; undefined when it was deleted, and then so is the answer
   */
  async of(key: string, read: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    const known = this.made.get(key);
    if (known !== undefined) {
      this.made.delete(key);
      this.made.set(key, known);
      return known;
    }
    let making = this.making.get(key);
    if (making === undefined) {
      making = this.make(key, read).finally(() => this.making.delete(key));
      this.making.set(key, making);
    }
    return making;
  }

  /** The picture was deleted. */
  forget(key: string): void {
    this.taken -= this.made.get(key)?.length ?? 0;
    this.made.delete(key);
  }

  private async make(
    key: string,
    read: () => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    const picture = await read();
    if (picture === undefined) return undefined;
    const small = await sharp(picture)
      .resize({ width: LARGEST, height: LARGEST, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 82 })
      .toBuffer();
    if (small.length <= this.room) this.keep(key, small);
    return small;
  }

  private keep(key: string, small: Uint8Array): void {
    this.made.set(key, small);
    this.taken += small.length;
    for (const oldest of this.made.keys()) {
      if (this.taken <= this.room) return;
      this.forget(oldest);
    }
  }
}
