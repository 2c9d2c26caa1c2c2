/**
 * Pictures that a message is given: refused while Slack cannot see them, broken where Slack shows them broken.
 * - A file that is unknown or not processed yet: `invalid_blocks` (java-slack-sdk #1349).
 * - An existing message given a file that no message had shown before: accepted, but people see a broken image
 *   (java-slack-sdk #1441, node-slack-sdk #2100).
 * - An address: fetched once by Slack's own proxy, refused if that fails; the same address shows the same picture.
 */
import { imagesIn, invalidBlocks } from './blocks.ts';
import type { JsonObject, Message, ShownImage, SlackFile, Team } from './shapes.ts';
import type { World } from './world.ts';

/** What the blocks will show. @param message the one that is changed, if it is there already @throws Refusal */
export async function lookAtImages(
  blocks: readonly JsonObject[],
  team: Team,
  world: World,
  message?: Message,
): Promise<ShownImage[]> {
  const faults: string[] = [];
  const shown: ShownImage[] = [];
  for (const { image, pointer } of imagesIn(blocks)) {
    const alt = String(image.alt_text);
    if (image.slack_file === undefined) {
      const url = String(image.image_url);
      const known = await world.proxy.fetch(url);
      if (!known) faults.push(`downloading image failed [json-pointer:${pointer}/image_url]`);
      shown.push({ url, alt, wasProcessed: true, wasShared: true, isBroken: false });
      continue;
    }
    const file = findFile(image.slack_file as JsonObject, team, world);
    if (file?.state !== 'processed' || !file.mimetype.startsWith('image/')) {
      faults.push(`invalid slack file [json-pointer:${pointer}/slack_file]`);
      continue;
    }
    const wasShared = file.shares.size > 0;
    const isBroken = message !== undefined && !wasShared;
    shown.push({ file, alt, wasProcessed: true, wasShared, isBroken });
  }
  if (faults.length > 0) {
    world.refusedImages += faults.length;
    throw invalidBlocks(faults);
  }
  return shown;
}

function findFile({ id, url }: JsonObject, team: Team, world: World): SlackFile | undefined {
  return world.files.find(
    (file) =>
      file.team === team &&
      !file.deleted &&
      // By id, by the private address or by the permalink.
      (file.id === id || (typeof url === 'string' && new RegExp(`[/-]${file.id}/`).test(url))),
  );
}

/** Slack's image proxy: fetches an address once and keeps what it got. */
export class ImageProxy {
  /** Every picture by its address, as people see it. */
  readonly pictures = new Map<string, Uint8Array>();
  /** Milliseconds that Slack waits for an address. */
  patience = 3_000;

  /** @returns whether there is a picture */
  async fetch(url: string): Promise<boolean> {
    if (this.pictures.has(url)) return true;
    try {
      const response = await globalThis.fetch(url, { signal: AbortSignal.timeout(this.patience) });
      const type = response.headers.get('content-type') ?? '';
      if (!response.ok || !type.startsWith('image/')) return false;
      this.pictures.set(url, new Uint8Array(await response.arrayBuffer()));
      return true;
    } catch {
      return false;
    }
  }
}
