/** Pictures that people attach: from Discord's own hosts, or from the host that DISCORD_API_URL names instead. */
import { Fault } from '../../config/faults.ts';
import { Phrase } from '../../config/messages.ts';
import { DISCORD_IMAGES, fetchImage } from '../safety/fetch-image.ts';
import { checkUpload, readUpload } from '../safety/upload.ts';

const LONGEST = 10_000;

/** @returns what fetches the bytes of one picture. @throws Fault `picture.*`, `image.*` */
export function pictureFetcher(apiUrl: string): (address: string) => Promise<Uint8Array> {
  const { origin, hostname } = new URL(apiUrl);
  const isDiscord = hostname === 'discord.com';
  return async (address) => {
    if (isDiscord || !URL.canParse(address) || new URL(address).origin !== origin) {
      return fetchImage(address, DISCORD_IMAGES);
    }
    const signal = AbortSignal.timeout(LONGEST);
    const response = await fetch(address, { redirect: 'error', signal }).catch((error: unknown) => {
      throw new Fault('picture.unreachable', { problem: new Phrase('problem.connection') }, error);
    });
    if (!response.ok || response.body === null) {
      throw new Fault('picture.unreachable', {
        problem: new Phrase('problem.status', { status: response.status }),
      });
    }
    const bytes = await readUpload(response.body, Number(response.headers.get('content-length') ?? 0));
    await checkUpload(bytes, 'The picture');
    return bytes;
  };
}
