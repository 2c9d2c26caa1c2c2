/** Pictures to start from: of an address on Slack, or of a message. */
import type { AttachedPicture } from '../../commands/attached-pictures.ts';
import { pictureFetcher } from '../safety/fetch-picture.ts';
import type { Shared } from './dependencies.ts';
import { type Home, messageId } from './place.ts';

/** A file of a message as Slack describes it. */
export interface MessageFile {
  readonly name?: string | null;
  readonly mimetype?: string;
  readonly url_private_download?: string;
  readonly url_private?: string;
}

/** Fetches from Slack's own hosts, with the bot's token. @throws Fault `picture.*`, `image.*` */
export function pictureFetcherOf(
  home: Home,
  { settings, calls, network }: Shared,
): (address: string) => Promise<Uint8Array> {
  return async (address) => {
    const headers = { Authorization: `Bearer ${await calls.tokenOf(home)}` };
    const images = { hosts: ['files.slack.com'], headers };
    return pictureFetcher(settings.apiUrl, 'slack.com', images, network)(address);
  };
}

/** The pictures among a message's files. */
export function picturesIn(files: readonly MessageFile[] = []): readonly AttachedPicture[] {
  return files
    .filter(({ mimetype }) => /^image\/(png|jpeg|webp)/.test(mimetype ?? ''))
    .flatMap(({ name, url_private_download, url_private }) => {
      const picture = url_private_download ?? url_private;
      return picture === undefined ? [] : [{ ...(name ? { name } : {}), picture }];
    });
}

/** The address of the first of them. */
export function addressIn(files: readonly MessageFile[] = []): string | undefined {
  const [first] = picturesIn(files);
  return first === undefined ? undefined : String(first.picture);
}

/** The name of our own picture in a message, in the picture store. */
export function ownFileOf(channel: string, ts: string, { jobsByMessage }: Shared): string | undefined {
  return jobsByMessage.find(messageId(channel, ts))?.pictures[0]?.file;
}

/** The bytes of our own picture in a message, or the address of somebody else's that the form was opened for. */
export async function pictureOf(
  channel: string,
  ts: string,
  { picture }: { readonly picture?: string | undefined },
  shared: Shared,
): Promise<Uint8Array | string | undefined> {
  const own = ownFileOf(channel, ts, shared);
  return own === undefined ? picture : shared.readPicture(own);
}
