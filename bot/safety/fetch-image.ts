/**
 * Fetches a picture that somebody gave the address of. Only from the surface's own hosts, only by https, following
 * no redirect; and only when every address of the host is public. The connection goes to an address that was checked,
 * so that a name which points elsewhere a moment later (DNS rebinding) changes nothing. What the operator fetches
 * (`models/get-stream.ts`) is trusted as they are, and shares nothing with this.
 */
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Fault } from '../../config/faults.ts';
import { Phrase } from '../../config/messages.ts';
import type { Address, Network } from './network.ts';
import { checkUpload, readUpload } from './upload.ts';

export interface ImageHosts {
  /** Names; `*.example.com` stands for any name below, but not for `example.com` itself. */
  readonly hosts: readonly string[];
  /** Sent along, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of one PNG, JPEG or WebP picture. @throws Fault `picture.address`, `picture.unreachable`, `image.*` */
export async function fetchImage(
  address: string,
  { hosts, headers = {} }: ImageHosts,
  network: Network,
): Promise<Uint8Array> {
  const url = readAddress(address, hosts);
  const signal = AbortSignal.timeout(network.timeout);
  const addresses = await network.resolve(url.hostname).catch((cause: unknown) => {
    throw new Fault('picture.unreachable', { problem: new Phrase('problem.no_host') }, cause);
  });
  if (addresses.length === 0 || !addresses.every((one) => network.isPublic(one.address))) {
    throw new Fault('picture.address', { allowed: new Phrase('allowed.open_hosts') });
  }
  if (signal.aborted) throw tooSlow();
  const bytes = await download(url, addresses[0]!, headers, network, signal);
  await checkUpload(bytes);
  return bytes;
}

/** @throws Fault `picture.address` */
function readAddress(address: string, hosts: readonly string[]): URL {
  const refuse = () =>
    new Fault('picture.address', { allowed: new Phrase('allowed.hosts', { hosts: hosts.join(', ') }) });
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined;
  if (url?.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '')
    throw refuse();
  const isAllowed = hosts.some((host) =>
    host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host,
  );
  if (!isAllowed) throw refuse();
  return url;
}

function download(
  url: URL,
  pinned: Address,
  headers: Readonly<Record<string, string>>,
  network: Network,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(asFault(error, signal));
    const options: RequestOptions = {
      hostname: url.hostname,
      path: url.pathname + url.search,
      headers: { Accept: 'image/png, image/jpeg, image/webp', 'User-Agent': 'Darkroom', ...headers },
      lookup: (_host, { all }, found) => {
        if (all) found(null, [{ ...pinned }]);
        else found(null, pinned.address, pinned.family);
      },
      agent: false,
      signal,
    };
    const request = network.request(options, (response) => {
      readBody(response).then(resolve, (error: unknown) => {
        request.destroy();
        fail(error);
      });
    });
    request.on('error', fail);
    request.end();
  });
}

/** @throws Fault `picture.unreachable` for anything but 200, `image.bytes` as soon as it is too long */
async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  if (response.statusCode !== 200) {
    throw new Fault('picture.unreachable', {
      problem: new Phrase('problem.status', { status: response.statusCode ?? 0 }),
    });
  }
  const bytes = await readUpload(response, Number(response.headers['content-length'] ?? 0));
  if (!response.complete) throw new Fault('picture.unreachable', { problem: new Phrase('problem.broke') });
  return bytes;
}

function asFault(error: unknown, signal: AbortSignal): Fault {
  if (error instanceof Fault) return error;
  if (signal.aborted) return tooSlow();
  return new Fault('picture.unreachable', { problem: new Phrase('problem.connection') }, error);
}

function tooSlow(): Fault {
  return new Fault('picture.unreachable', { problem: new Phrase('problem.slow') });
}
