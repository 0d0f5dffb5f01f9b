import { readFileSync } from 'node:fs';
import { StoreOpenError } from '../store-open-error.ts';

/**
 * EVENTSTOREDB_URL, read by ourselves: the client's own reader writes the whole string, password and all, to standard error when it meets an
 * option that it does not know. Every fault is one sentence without the password.
 *
 *   esdb://user:password@host:2113?tls=true&tlsCAFile=/etc/ca.pem        one node
 *   esdb+discover://user:password@name:2113                              a cluster, whose leader is asked for
 *   esdb://user:password@a:2113,b:2113,c:2113                            the same, by its nodes
 */
export interface EventStoreDbAddress {
  readonly hosts: readonly Host[];
  /** Whether to ask the hosts who leads. */
  readonly discovers: boolean;
  readonly tls: boolean;
  readonly ca: Buffer | undefined;
  readonly userCertificate: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
  readonly user: { readonly username: string; readonly password: string } | undefined;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectionName: string;
  /** The address without user and password, for logs. */
  readonly shown: string;
}

export interface Host {
  readonly address: string;
  readonly port: number;
}

const OPTIONS = [
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
  'connectionName',
  'keepAliveInterval',
  'keepAliveTimeout',
] as const;
type OptionName = (typeof OPTIONS)[number];

const PORT_DEFAULT = 2113;
/** Of the client and the server; a shorter interval than the server's makes it cut the connection. */
const KEEP_ALIVE_MS = 10_000;
/** Options of the connection string that the adapter decides itself, and why they cannot be set. */
const OPTIONS_REFUSED: Readonly<Record<string, string>> = {
  tlsverifycert: 'certificates are always checked; name the authority of a private one with tlsCAFile',
  throwonappendfailure: 'the adapter answers every failure itself',
  nodepreference: 'everything is read from the leader, which alone has what was just written',
  defaultdeadline: 'the adapter has its own deadlines',
};

/** Throws StoreOpenError('bad_address'). */
export function readConnectionString(text: string): EventStoreDbAddress {
  const match = /^(esdb|esdb\+discover):\/\/(?:([^@/]*)@)?([^@/?]+)\/?(?:\?(.*))?$/.exec(text.trim());
  if (match === null)
    throw wrong(
      'must look like esdb://user:password@host:2113?tls=true, or esdb+discover:// for the name of a cluster',
    );
  const [, scheme, userText, hostsText, optionsText = ''] = match;
  const options = readOptions(optionsText);
  const tls = readFlag(options, 'tls') ?? true;
  const hosts = hostsText!.split(',').map(readHost);
  const certificate = readFileOption(options, 'userCertFile');
  const key = readFileOption(options, 'userKeyFile');
  if ((certificate === undefined) !== (key === undefined))
    throw wrong('userCertFile and userKeyFile go together; one of them is missing');
  return {
    hosts,
    discovers: scheme === 'esdb+discover' || hosts.length > 1,
    tls,
    ca: readFileOption(options, 'tlsCAFile'),
    userCertificate: certificate === undefined ? undefined : { certificate, key: key! },
    user: userText === undefined ? undefined : readUser(userText),
    keepAliveIntervalMs: readMs(options, 'keepAliveInterval'),
    keepAliveTimeoutMs: readMs(options, 'keepAliveTimeout'),
    connectionName: options.get('connectionName') ?? 'waymark',
    shown: `${scheme}://${hosts.map(({ address, port }) => `${address}:${port}`).join(',')}${tls ? '' : '?tls=false'}`,
  };
}

function readHost(text: string): Host {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text.trim());
  const port = Number(match?.[2] ?? PORT_DEFAULT);
  if (match === null || port < 1 || port > 65_535)
    throw wrong('has a host that is no name or address with a port from 1 to 65535');
  return { address: match[1]!, port };
}

function readUser(text: string): { username: string; password: string } {
  const colon = text.indexOf(':');
  try {
    const [username, password] = [text.slice(0, colon), text.slice(colon + 1)].map(decodeURIComponent);
    if (colon > 0 && password !== '') return { username: username!, password: password! };
  } catch {
    // A % that is no escape.
  }
  throw wrong('names a user without a password, or not as user:password with special characters as %XX');
}

function readOptions(text: string): Map<OptionName, string> {
  const options = new Map<OptionName, string>();
  for (const pair of text.split('&').filter((one) => one !== '')) {
    const [, name, value] = /^([A-Za-z]+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined) throw wrong('has options that are not name=value, joined by &');
    const lower = name.toLowerCase();
    const reason = OPTIONS_REFUSED[lower];
    if (reason !== undefined) throw wrong(`has the option ${name}, which cannot be set: ${reason}`);
    const known = OPTIONS.find((option) => option.toLowerCase() === lower);
    if (known === undefined) throw wrong(`has an option ${name}; the options are ${OPTIONS.join(', ')}`);
    try {
      options.set(known, decodeURIComponent(value!));
    } catch {
      throw wrong(`has a value of ${name} that cannot be decoded`);
    }
  }
  return options;
}

function readFlag(options: Map<OptionName, string>, name: OptionName): boolean | undefined {
  const text = options.get(name);
  if (text !== undefined && text !== 'true' && text !== 'false') throw wrong(`has ${name}=..., which is true or false`);
  return text === undefined ? undefined : text === 'true';
}

function readMs(options: Map<OptionName, string>, name: OptionName): number {
  const text = options.get(name) ?? String(KEEP_ALIVE_MS);
  if (!/^\d{4,9}$/.test(text) || Number(text) < KEEP_ALIVE_MS)
    throw wrong(`has ${name}=..., which is a number of milliseconds from ${KEEP_ALIVE_MS}`);
  return Number(text);
}

function readFileOption(options: Map<OptionName, string>, name: OptionName): Buffer | undefined {
  const path = options.get(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(`names a file by ${name} that cannot be read (${code}): ${path}`);
  }
}

const wrong = (what: string): StoreOpenError => new StoreOpenError('bad_address', `EVENTSTOREDB_URL ${what}`);
