import { StoreOpenError } from '../store-open-error.ts';
import { Connections, within } from './connections.ts';
import { readConnectionString } from './connection-string.ts';
import type { EventStoreDbAddress } from './connection-string.ts';
import { diagnose } from './diagnosis.ts';
import { failureOf } from './failures.ts';
import { readOrWriteLogId } from './log-identity.ts';

/**
 * From EVENTSTOREDB_URL to a log that answers. What may pass by itself is waited for, up to a bound and with a line now and then: a server that
 * cannot be reached yet, is not ready, or has no leader. What cannot heal by waiting ends at once: a wrong address, TLS on one side only, a
 * certificate of somebody else, a user who is refused, a server that is too old.
 */
export interface OpenOptions {
  readonly url: string;
  /** How long to wait for a server that cannot be reached. */
  readonly waitMs: number;
  /** A line for the log while it waits. */
  readonly onProgress: (sentence: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly callMs: number;
}

export interface OpenedLog {
  readonly connections: Connections;
  readonly logId: string;
}

/** The first with positions in reads of a stream, which every answer of the port names. */
const VERSION_MIN = [22, 10] as const;
const RETRY_MS = 250;
const PROGRESS_MS = 5_000;

/** Rejects with StoreOpenError, or with the AbortError of `signal`. */
export async function openLog(options: OpenOptions): Promise<OpenedLog> {
  const address = readConnectionString(options.url);
  const connections = new Connections(address);
  try {
    return { connections, logId: await waitForLog(address, connections, options) };
  } catch (error) {
    connections.close();
    throw error;
  }
}

async function waitForLog(
  address: EventStoreDbAddress,
  connections: Connections,
  options: OpenOptions,
): Promise<string> {
  const { callMs, onProgress, signal, waitMs } = options;
  const startedAt = performance.now();
  let toldAt = -Infinity;
  for (;;) {
    signal?.throwIfAborted();
    let reason: string;
    try {
      await checkVersion(connections, address, callMs);
      return await readOrWriteLogId(connections, callMs);
    } catch (error) {
      reason = await passingReason(error, address);
    }
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= waitMs) {
      const seconds = Math.round(waitMs / 1_000);
      throw new StoreOpenError(
        'unreachable',
        `EventStoreDB at ${address.shown} did not answer within ${seconds} s: ${reason}`,
      );
    }
    if (waitedMs - toldAt >= PROGRESS_MS) {
      toldAt = waitedMs;
      onProgress(`waiting for EventStoreDB at ${address.shown}: ${reason}`);
    }
    await pause(RETRY_MS, signal);
  }
}

async function checkVersion(connections: Connections, { shown }: EventStoreDbAddress, callMs: number): Promise<void> {
  const client = connections.take();
  try {
    const version = await within(callMs, client.serverVersion());
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1])) return;
    const told =
      version === 'unknown' ? 'does not tell its version, as none before 21.10 does' : `has version ${version}`;
    throw new StoreOpenError(
      'server_too_old',
      `EventStoreDB at ${shown} ${told}; Waymark needs ${VERSION_MIN.join('.')} or later`,
    );
  } finally {
    connections.release(client);
  }
}

/** Why it failed, when that may pass; else throws the sentence to end with. */
async function passingReason(error: unknown, address: EventStoreDbAddress): Promise<string> {
  if (error instanceof StoreOpenError) throw error;
  const failure = failureOf(error);
  if (failure.kind === 'refused')
    throw new StoreOpenError(
      'refused',
      `EventStoreDB at ${address.shown} refuses the user ${address.user?.username ?? '(none)'} of EVENTSTOREDB_URL; its name, password or rights are wrong`,
    );
  const found = await diagnose(address);
  if (found.kind === 'tls_mismatch')
    throw new StoreOpenError('tls_mismatch', `EventStoreDB cannot be talked to: ${found.detail}`);
  if (found.kind === 'unreachable') return `it cannot be reached (${found.detail})`;
  return 'reason' in failure ? failure.reason : String(error);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
