import { BlockList, isIP } from 'node:net';

/**
 * Whom a rate limit counts: the address that a request comes from. `X-Forwarded-For` is believed only from proxies that the settings trust
 * (WAYMARK_TRUSTED_PROXIES), from right to left as long as they name each other: whatever stands left of the first address that is none
 * of them was written by a stranger. An IPv6 address counts by its first 64 bits, because a customer gets that many at least.
 */
export interface TrustedProxies {
  has(address: string): boolean;
}

/** One of `10.0.0.0/8`, `::1`, ...; undefined when it is none. */
export function parseProxies(text: string): readonly string[] | undefined {
  const list = text.split(',').map((one) => one.trim());
  return list.every((one) => subnetOf(one) !== undefined) ? list : undefined;
}

/** Null where nobody is trusted. The texts have passed parseProxies. */
export function trustedProxies(list: readonly string[]): TrustedProxies | null {
  if (list.length === 0) return null;
  const blocks = new BlockList();
  for (const text of list) {
    const { address, bits, family } = subnetOf(text)!;
    blocks.addSubnet(address, bits, family);
  }
  return { has: (address) => isIP(address) !== 0 && blocks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') };
}

/** The key of a client. `forwardedFor` is the header, joined by commas where it came several times. */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  trusted: TrustedProxies | null,
): string {
  let address = plain(remoteAddress ?? '');
  if (trusted === null || forwardedFor === undefined) return counted(address);
  const named = String(forwardedFor).split(',');
  while (trusted.has(address) && named.length > 0) {
    const before = plain(withoutPort(named.pop()!.trim()));
    if (isIP(before) === 0) break;
    address = before;
  }
  return counted(address);
}

function subnetOf(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address, bits, ...rest] = text.split('/');
  const version = isIP(address!);
  const bitsMax = version === 6 ? 128 : 32;
  if (version === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  if (bits !== undefined && Number(bits) > bitsMax) return undefined;
  return { address: address!, bits: Number(bits ?? bitsMax), family: version === 6 ? 'ipv6' : 'ipv4' };
}

/** An IPv4 address as an IPv6 socket sees it becomes what it is; a zone says nothing to others. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address.split('%')[0]!;
}

/** Some proxies add it. */
function withoutPort(text: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}

function counted(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const behind = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + behind < 8) groups.push('0');
    groups.push(...(tail === '' ? [] : tail.split(':')));
  }
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
