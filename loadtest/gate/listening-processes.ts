import { execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/**
 * Processes of this machine that listen where `url` leads; none when it leads elsewhere, to nobody, or to one that cannot be seen from here (another user's, a
 * container's). What a deployment under test uses of the CPU is its own, not that of others who disturb the run.
 */
export async function listeningProcesses(url: string): Promise<readonly number[]> {
  const { hostname, port, protocol } = new URL(url);
  if (!(await isThisMachine(hostname.replace(/^\[|\]$/g, '')))) return [];
  const number = port === '' ? (/^(https|wss):$/.test(protocol) ? 443 : 80) : Number(port);
  return existsSync('/proc/net/tcp') ? fromProc(number) : fromLsof(number);
}

async function isThisMachine(host: string): Promise<boolean> {
  const own = new Set(Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address)));
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.some(({ address }) => own.has(address) || address.startsWith('127.'));
}

const LISTENING = '0A';

/** A line of /proc/net/tcp: sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode; ports in hexadecimal (proc(5)). */
function fromProc(port: number): number[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENING && local.endsWith(suffix)) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => holdsOneOf(pid, sockets)).map(Number);
}

function holdsOneOf(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    const descriptors = `/proc/${pid}/fd`;
    return readdirSync(descriptors).some((descriptor) => sockets.has(readlinkSync(`${descriptors}/${descriptor}`)));
  } catch {
    // It has ended, or is another user's.
    return false;
  }
}

/** Where there is no /proc, as on macOS. */
function fromLsof(port: number): number[] {
  try {
    const args = ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'];
    const pids = execFileSync('lsof', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return pids.split('\n').filter(Boolean).map(Number);
  } catch {
    // Nobody listens, or there is no lsof.
    return [];
  }
}
