import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { EventStoreDbAddress, Host } from './connection-string.ts';

/**
 * Why a host is not reached, from a connection of our own: grpc-js tells a refused port, a server without TLS and a certificate of another
 * authority alike, as "unavailable". Asked only when a call at start has failed.
 */
export type Diagnosis =
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'tls_mismatch'; readonly detail: string }
  /** The port answers as it should: whatever is wrong, it is not the connection. */
  | { readonly kind: 'reached' };

const CONNECT_MS_MAX = 3_000;
const NO_ANSWER = 'no answer';

/** Of the first host that shows a mismatch, else of the last one. */
export async function diagnose(address: EventStoreDbAddress): Promise<Diagnosis> {
  let last: Diagnosis = { kind: 'unreachable', detail: 'it has no hosts' };
  for (const host of address.hosts) {
    last = await diagnoseHost(address, host);
    if (last.kind !== 'unreachable') return last;
  }
  return last;
}

async function diagnoseHost(address: EventStoreDbAddress, { address: name, port }: Host): Promise<Diagnosis> {
  const host = name.replace(/^\[|\]$/g, '');
  const tcp = await attempt((ready) => connectTcp({ host, port }, ready));
  if (tcp !== null) return { kind: 'unreachable', detail: `${host}:${port}: ${tcp.code ?? tcp.message}` };
  const checked = address.tls
    ? { ...(address.ca === undefined ? {} : { ca: address.ca }) }
    : { rejectUnauthorized: false };
  // RFC 6066: a server name is no address.
  const named = isIP(host) === 0 ? { servername: host } : {};
  const tls = await attempt((ready) => connectTls({ host, port, ...named, ALPNProtocols: ['h2'], ...checked }, ready));
  if (!address.tls) {
    return tls === null
      ? { kind: 'tls_mismatch', detail: `${host}:${port} speaks TLS and EVENTSTOREDB_URL says tls=false` }
      : { kind: 'reached' };
  }
  if (tls === null) return { kind: 'reached' };
  const silence = whatSilenceMeant(tls);
  if (silence !== null) return { kind: 'unreachable', detail: `${host}:${port} ${silence}` };
  return { kind: 'tls_mismatch', detail: `${host}:${port} ${whatTlsMeant(tls)}` };
}

/** A proxy whose server is away does the same as a server that knows no TLS and says nothing to it: the first passes. */
function whatSilenceMeant({ code, message }: NodeJS.ErrnoException): string | null {
  const hint = 'either its server is away, or it does not speak TLS and EVENTSTOREDB_URL needs tls=false';
  if (code === 'ECONNRESET') return `takes connections and closes them: ${hint}`;
  return message === NO_ANSWER ? `takes connections and does not answer: ${hint}` : null;
}

function whatTlsMeant({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'has a certificate for another host name';
  if (code === 'CERT_HAS_EXPIRED') return 'has a certificate that has expired';
  if (/SELF_SIGNED|UNABLE_TO|ISSUER/.test(code ?? ''))
    return 'has a certificate of an authority that is not known here; name its file with tlsCAFile=...';
  if (/WRONG_VERSION|packet length|EPROTO/i.test(`${code} ${message}`))
    return 'does not speak TLS; EVENTSTOREDB_URL needs tls=false for it';
  return `cannot be talked to by TLS (${code ?? message})`;
}

/** Null when it succeeded. */
function attempt(start: (ready: () => void) => ReturnType<typeof connectTcp>): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const end = (error: NodeJS.ErrnoException | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(error);
    };
    const timer = setTimeout(() => end(new Error(NO_ANSWER)), CONNECT_MS_MAX);
    const socket = start(() => end(null));
    socket.on('error', end).on('close', () => end(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
}
