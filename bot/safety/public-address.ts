/** Which addresses of the network are public: where a picture may be fetched from without reaching into our own house. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Of IPv6 only this is given out. */
const GIVEN_OUT = ipaddr.IPv6.parseCIDR('2000::/3');
/** What IANA keeps for protocols, also the parts of it that no protocol has yet. */
const PROTOCOLS = ipaddr.IPv6.parseCIDR('2001::/23');
/** Azure's metadata, at an address that is otherwise like any other. */
const METADATA = '168.63.129.16';

/** True for an address of the open network. IPv4 in IPv6 clothes (mapped, translated, tunnelled) is not one. */
export function isPublicAddress(address: string): boolean {
  // The package reads `0x7f.1` and `2130706433` as well; a resolver says no such thing.
  if (isIP(address) === 0) return false;
  const read = ipaddr.parse(address);
  // The ranges of IANA's special-purpose registries have names of their own.
  if (read.range() !== 'unicast') return false;
  if (read instanceof ipaddr.IPv4) return address !== METADATA;
  return read.match(GIVEN_OUT) && !read.match(PROTOCOLS);
}
