import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** A connection to where an address points, as `fetch` would make it: a deployment stands behind TLS, on a default port, below a path. Writes may begin at once. */
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

export function connectTo({ hostname, port, protocol }: URL): Socket {
  // An IPv6 address stands in brackets.
  const host = hostname.replace(/^\[|\]$/g, '');
  const place = { host, port: port === '' ? PORTS[protocol]! : Number(port) };
  if (PORTS[protocol] === PORTS['http:']) return connect({ ...place, noDelay: true });
  const socket = connectSecurely({ ...place, ...(isIP(host) === 0 && { servername: host }) });
  return socket.setNoDelay(true);
}

/** What stands before the path of each request there. */
export function basePath({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '');
}
