/** From where a request comes: the address that limits count by, a proxy's word taken only where the operator trusts it. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Addresses of one `X-Forwarded-For` that are looked at, from its end. */
const MOST = 20;

export type AddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

/**
 * @param trusted addresses and networks (`10.0.0.0/8`) of the proxies in front of us
 * @returns the last address that no trusted proxy has; an IPv6 one as its network of 64 bits, which one household has
 */
export function addressReader(trusted: readonly string[]): AddressOf {
  const proxies = listOf(trusted);
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '');
    const said = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .slice(-MOST);
    while (isTrusted(address) && said.length > 0) {
      const before = plain(said.pop()!.trim());
      if (isIP(before) === 0) break;
      address = before;
    }
    return isIP(address) === 6 ? networkOf(address) : address;
  };
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** IPv4 that comes in over an IPv6 socket is IPv4. */
function plain(address: string): string {
  return /^::ffff:(?=[\d.]+$)/i.test(address) ? address.slice('::ffff:'.length) : address;
}

/** The first four groups of an IPv6 address, written out. */
function networkOf(address: string): string {
  const [front = '', back] = address.split('%')[0]!.toLowerCase().split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const before = groups(front);
  const after = groups(back);
  const zeros = back === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const first = all.slice(0, 4).map((group) => group.replace(/^0{1,3}(?=.)/, ''));
  return `${first.join(':')}::/64`;
}
