/** From where a request comes: the address that limits count by, a proxy's word taken only where the operator trusts it. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Addresses of one `X-Forwarded-For` that are looked at, from its end. */
const MOST = 20;

export type AddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

/**
 * @param trusted addresses and networks (`10.0.0.0/8`) of the proxies in front of us
 * @returns the last address that no trusted proxy has; an IPv6 one as its network of 64 bits, which one household has
 */
export function addressReader(trusted: readonly string[]): AddressOf {
  const ours = trusted.map((range) =>
    ipaddr.parseCIDR(range.includes('/') ? range : `${range}/${isIP(range) === 6 ? 128 : 32}`),
  );
  return ({ headers, socket }) => {
    const said = String(headers['x-forwarded-for'] ?? '').split(',');
    let address = read(socket.remoteAddress ?? '');
    for (const one of said.slice(-MOST).reverse()) {
      const before = read(one.trim());
      if (before === undefined || address === undefined) break;
      if (ipaddr.subnetMatch(address, { ours }, 'other') !== 'ours') break;
      address = before;
    }
    if (!(address instanceof ipaddr.IPv6)) return address?.toString() ?? '';
    const network = address.parts.slice(0, 4).map((part) => part.toString(16));
    return `${network.join(':')}::/64`;
  };
}

/** IPv4 that comes in over an IPv6 socket is IPv4. */
function read(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return isIP(address) === 0 ? undefined : ipaddr.process(address);
}
