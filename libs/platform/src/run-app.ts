import { ConfigError, loadConfig, type Role } from './config/load-config.ts';
import type { Config } from './config/settings.ts';
import { DataDirError } from './data-dir.ts';
import { KeyringError } from './auth/keyring-error.ts';
import { createLog, type Log } from './log.ts';
import { onShutdown } from './shutdown.ts';

/**
 * The frame of an app's main: read the settings, start, stop when told. A start that fails ends with one clear sentence for people on standard
 * error (and, over IPC, for the supervisor), exit code 1 and nothing left behind.
 */
export interface RunningApp {
  /** Takes nothing new, finishes what was taken, lets go of everything. Called once. */
  stop(reason: string): Promise<void>;
}

export interface AppContext {
  readonly config: Config;
  readonly log: Log;
  /** Aborted when the process is told to stop: whoever still waits for something to start with gives up, by rejecting with its AbortError. */
  readonly stopping: AbortSignal;
}

/** What a process tells its supervisor when it cannot start. */
export interface StartFault {
  readonly type: 'start-fault';
  readonly sentence: string;
}

/** On top of the time to drain: closing servers, the store and the log. */
export const STOP_MARGIN_MS = 5_000;

export async function runApp(
  role: Extract<Role, 'command' | 'gateway'>,
  start: (context: AppContext) => Promise<RunningApp>,
): Promise<void> {
  const stopping = new AbortController();
  try {
    const config = loadConfig(process.env, role);
    const log = createLog({ name: role, level: config.logLevel });
    process.on('uncaughtException', (error) => endOnFault(log, error));
    // One turn later, so that signals are listened to before anything is opened: whoever is told to stop, or loses its parent, while it
    // starts, starts first and stops then.
    const starting = Promise.resolve().then(() => start({ config, log, stopping: stopping.signal }));
    onShutdown({
      deadlineMs: config.drainMs + STOP_MARGIN_MS,
      isSupervised: process.send !== undefined,
      stop: async (reason) => {
        log.info({ reason }, 'stopping');
        stopping.abort();
        const app = await starting.catch((error: unknown) => {
          if (!isAbort(error)) throw error;
        });
        await app?.stop(reason);
        log.info('stopped');
      },
      complain: (sentence, error) => log.error({ err: error }, sentence),
    });
    await starting;
  } catch (error) {
    // Told to stop before it had started: the stop ends the process.
    if (stopping.signal.aborted && isAbort(error)) return;
    await tellStartFault(startFaultSentence(error));
    process.exit(1);
  }
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** What cannot be explained ends the process: what it holds in memory can no longer be trusted (unhandled rejections come here too). */
function endOnFault(log: Log, error: unknown): void {
  log.fatal({ err: error }, 'a fault that nobody handled; ending');
  process.exit(1);
}

async function tellStartFault(sentence: string): Promise<void> {
  process.stderr.write(`${sentence}\n`);
  if (!process.connected) return;
  const fault: StartFault = { type: 'start-fault', sentence };
  await new Promise<void>((resolve) => process.send!(fault, () => resolve()));
}

/** Faults of whoever starts the process get a sentence; anything else is a bug and keeps its stack. */
export function startFaultSentence(error: unknown): string {
  if (error instanceof ConfigError) return `Waymark cannot start with these settings:\n${error.message}`;
  if (error instanceof DataDirError || error instanceof KeyringError) return `Waymark cannot start: ${error.message}`;
  const { address, code, hostname, port, syscall } = error as NodeJS.ErrnoException & {
    address?: string;
    hostname?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE') return `Waymark cannot start: ${address ?? ''} port ${port} is taken by another program`;
  if (code === 'EACCES' && port !== undefined) return `Waymark cannot start: this user may not listen on port ${port}`;
  if (code === 'EADDRNOTAVAIL') return `Waymark cannot start: this machine has no address ${address} (WAYMARK_HOST)`;
  if (syscall === 'getaddrinfo') return `Waymark cannot start: there is no host ${hostname} (WAYMARK_HOST)`;
  // What else the system refused: its message names the call and, where it has one, the path.
  if (syscall !== undefined) return `Waymark cannot start: ${(error as Error).message}`;
  return `Waymark cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
