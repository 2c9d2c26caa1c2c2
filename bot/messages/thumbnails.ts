/**
 * Finished pictures small, for the history and the gallery. They are kept in memory only and within a limit: on disk a
 * deleted picture would have a second place to remain in, and making one again takes a few milliseconds.
 */
import { LRUCache } from 'lru-cache';
import sharp from 'sharp';

/** Pixels of the longer side: a card's width on a screen with fine pixels. */
const LARGEST = 768;
/** Bytes that are kept. */
const ROOM = 24 * 2 ** 20;

/** A picture's bytes; undefined when it was deleted. */
type Read = () => Promise<Uint8Array | undefined>;

export class Thumbnails {
  private readonly made: LRUCache<string, Uint8Array, Read>;

  /** @param room bytes that are kept */
  constructor(room = ROOM) {
    this.made = new LRUCache({
      maxSize: room,
      sizeCalculation: ({ length }) => length,
      // Whoever has asked for a picture that is deleted meanwhile still gets an answer.
      ignoreFetchAbort: true,
      fetchMethod: (_key, _stale, { context }) => make(context),
    });
  }

  /**
   * A picture as WebP, at most 768 pixels wide and high; made once for all who ask at the same time.
   * @param key what changes when the picture does
   * @param read the picture; where it was deleted, there is no answer either
   */
  of(key: string, read: Read): Promise<Uint8Array | undefined> {
    return this.made.fetch(key, { context: read });
  }

  /** The picture was deleted. */
  forget(key: string): void {
    this.made.delete(key);
  }
}

async function make(read: Read): Promise<Uint8Array | undefined> {
  const picture = await read();
  return (
    picture &&
    sharp(picture)
      .resize({ width: LARGEST, height: LARGEST, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 82 })
      .toBuffer()
  );
}
