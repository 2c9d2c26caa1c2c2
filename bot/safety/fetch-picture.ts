/** Pictures that people attach: from the platform's own hosts, or from the host that a setting names instead of it. */
import { Fault } from '../../config/faults.ts';
import { Phrase } from '../../config/messages.ts';
import { fetchImage, type ImageHosts } from './fetch-image.ts';
import type { Network } from './network.ts';
import { checkUpload, readUpload } from './upload.ts';

/**
 * @param apiUrl base of the platform's API as it is set
 * @param platform the host of the real platform's API
 * @returns what fetches the bytes of one picture. @throws Fault `picture.*`, `image.*`
 */
export function pictureFetcher(
  apiUrl: string,
  platform: string,
  images: ImageHosts,
  network: Network,
): (address: string) => Promise<Uint8Array> {
  const { origin, hostname } = new URL(apiUrl);
  const isReal = hostname === platform;
  return async (address) => {
    if (isReal || !URL.canParse(address) || new URL(address).origin !== origin) {
      return fetchImage(address, images, network);
    }
    const signal = AbortSignal.timeout(network.timeout);
    const headers = images.headers ?? {};
    const asked = network.fetch(address, { redirect: 'error', signal, headers });
    const response = await asked.catch((error: unknown) => {
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
