/** Unfinished pictures at addresses that nobody can guess, for a while: Slack fetches them from outside. */
import sharp from 'sharp';
import type { Pixels } from '../../pipeline/request.ts';

/** Pixels of a preview's longer side: large enough that the message does not jump when the final comes. */
const SIDE = 512;
/** Slack fetches each once, at once; the others are for those who still look at an older one. */
const KEPT = 200;

export const PREVIEW_PATH = '/slack/previews/';

export class Previews {
  private readonly base: string;
  private readonly randomBytes: (length: number) => Uint8Array;
  private readonly shown = new Map<string, Uint8Array>();

  /** @param publicUrl by which Slack reaches our port */
  constructor(publicUrl: string, randomBytes: (length: number) => Uint8Array) {
    this.base = publicUrl + PREVIEW_PATH;
    this.randomBytes = randomBytes;
  }

  /** @returns an address of its own for each preview: Slack keeps what it has fetched */
  async add({ width, height, data }: Pixels): Promise<string> {
    const longer = width >= height ? { width: SIDE } : { height: SIDE };
    const image = sharp(data, { raw: { width, height, channels: 3 } }).resize({ ...longer, kernel: 'cubic' });
    const name = `${Buffer.from(this.randomBytes(18)).toString('base64url')}.jpg`;
    this.shown.set(name, await image.jpeg({ quality: 70 }).toBuffer());
    const [oldest] = this.shown.keys();
    if (this.shown.size > KEPT && oldest !== undefined) this.shown.delete(oldest);
    return this.base + name;
  }

  /** A JPEG file. @param path of a request */
  find(path: string): Uint8Array | undefined {
    return path.startsWith(PREVIEW_PATH) ? this.shown.get(path.slice(PREVIEW_PATH.length)) : undefined;
  }
}
