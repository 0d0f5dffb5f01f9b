import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { appEnvironment, freePorts, untilReady } from '../../tools/e2e/apps.ts';
import type { Program } from '../../tools/start/programs.ts';
import { readCollection, type Collection } from './gc-trace.ts';

/**
 * Both built apps on ports and a data directory of their own, with the flags of `npm start`, and what they cost: CPU time and memory as the
 * kernel counts them, and every garbage collection as V8 traces it.
 */
export interface AppsUnderTest {
  readonly commandUrl: string;
  readonly gatewayUrl: string;
  readonly commandAdminUrl: string;
  readonly gatewayAdminUrl: string;
  readonly dataDir: string;
  readonly token: string;
  readonly command: AppProcess;
  readonly gateway: AppProcess;
  stop(): Promise<void>;
}

export interface StartAppsOptions {
  /** Kept at the end; by default a new one that is removed. */
  readonly keepDataDir?: string;
  /** Of the built checkout that is run, with its own flags and its own Node; by default this one. */
  readonly root?: string;
  /** Of Node, for the gateway alone. */
  readonly gatewayFlags?: readonly string[];
}

const STOP_DEADLINE_MS = 10_000;
/** Of what an app said, for the sentence when it does not start. */
const KEPT_CHARS = 2_000;
const LAST_WORDS_MS = 500;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function startApps(
  settings: NodeJS.ProcessEnv = {},
  { gatewayFlags = [], keepDataDir, root = ROOT }: StartAppsOptions = {},
): Promise<AppsUnderTest> {
  const { COMMAND, GATEWAY } = (await import(pathToFileURL(join(root, 'tools/start/programs.ts')).href)) as {
    readonly COMMAND: Program;
    readonly GATEWAY: Program;
  };
  const dataDir = keepDataDir ?? mkdtempSync(join(tmpdir(), 'waymark-load-'));
  const ports = await freePorts();
  const env = appEnvironment(ports, dataDir, settings);
  const command = new AppProcess(COMMAND, { env, dataDir, root, flags: [] });
  const gateway = new AppProcess(GATEWAY, { env, dataDir, root, flags: gatewayFlags });
  const stop = async (): Promise<void> => {
    await Promise.all([gateway.stop(), command.stop()]);
    if (keepDataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await started(command, 'command app', ports.commandAdmin);
    await started(gateway, 'gateway', ports.gatewayAdmin);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    commandUrl: `http://127.0.0.1:${ports.command}`,
    gatewayUrl: `ws://127.0.0.1:${ports.gateway}`,
    commandAdminUrl: `http://127.0.0.1:${ports.commandAdmin}`,
    gatewayAdminUrl: `http://127.0.0.1:${ports.gatewayAdmin}`,
    dataDir,
    token: readFileSync(join(dataDir, 'dev-token'), 'utf8').trim(),
    command,
    gateway,
    stop,
  };
}

/** Its log goes with the data directory, so what it said last goes into the sentence. */
async function started(app: AppProcess, name: string, adminPort: number): Promise<void> {
  try {
    await untilReady(name, adminPort, () => !app.exited);
  } catch (error) {
    const said = await app.lastWords();
    throw new Error(`${(error as Error).message}${said === '' ? '' : `; it said: ${said}`}`, { cause: error });
  }
}

/** CPU seconds and resident bytes of a process, from the kernel. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** The process lives, and nobody can tell what it uses: unlike one that has ended, a fault of the run. */
export class UsageUnreadable extends Error {}

/** Of the times in /proc, whatever the kernel's own clock does. */
const CLOCK_TICKS_PER_SECOND = 100;

/** From /proc, or from ps where there is none: on macOS its times have hundredths, on Linux whole seconds only. */
export function usageOf(pid: number): Usage {
  return existsSync('/proc/self/stat') ? usageFromProc(pid) : usageFromPs(pid);
}

function usageFromProc(pid: number): Usage {
  // Fields of /proc/PID/stat behind the name in brackets: 14 utime, 15 stime (proc(5)), counted from 1.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  const rssKib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // A process that has ended and was not waited for yet is still listed, without memory.
  if (rssKib === undefined) throw new Error(`process ${pid} has ended`);
  return { cpuSeconds, rssBytes: Number(rssKib) * 1_024 };
}

/** `[hours:]minutes:seconds` and KiB. In a locale of decimal commas ps would write 0:01,50. Throws UsageUnreadable when it says something else. */
export function usageFromPs(pid: number): Usage {
  const line = execFileSync('ps', ['-o', 'time=', '-o', 'rss=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [time = '', rssKib] = line.trim().split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const rssBytes = Number(rssKib) * 1_024;
  if (time === '' || !Number.isFinite(cpuSeconds) || !Number.isFinite(rssBytes)) {
    throw new UsageUnreadable(`ps tells time and memory of a process as nobody reads them: ${JSON.stringify(line)}`);
  }
  return { cpuSeconds, rssBytes };
}

interface AppProcessOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly dataDir: string;
  readonly root: string;
  readonly flags: readonly string[];
}

export class AppProcess {
  readonly name: 'command' | 'gateway';
  readonly pid: number;
  /** Settles when the process is gone. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  private readonly collections: Collection[] = [];
  private rest = '';
  /** The end of what it said, on both channels, but for the collections. */
  private said = '';

  constructor(program: Program, { dataDir, env, flags, root }: AppProcessOptions) {
    this.name = program.name as 'command' | 'gateway';
    const ownNode = join(root, 'node_modules/node/bin/node');
    const node = existsSync(ownNode) ? ownNode : process.execPath;
    this.child = spawn(node, ['--trace-gc', '--trace-gc-nvp', ...flags, ...program.args], {
      cwd: root,
      env,
      // The channel says nothing; an app whose channel closes ends by itself, also when this process is killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    // Also when this program ends by a fault of its own.
    const kill = (): void => void this.child.kill('SIGKILL');
    process.on('exit', kill);
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => {
        process.off('exit', kill);
        resolve();
      });
    });
    this.closed = once(this.child, 'close');
    this.pid = this.child.pid!;
    const log = createWriteStream(join(dataDir, `${program.name}.load.log`));
    // A full disk is told by the run (free-space.ts); the app must not wait for its log.
    log.on('error', () => undefined);
    this.child.stderr!.pipe(log);
    this.child.stderr!.on('data', (chunk: Buffer) => this.keep(chunk.toString()));
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => this.read(text));
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** How it ended; both null while it lives. */
  get ending(): { readonly code: number | null; readonly signal: string | null } {
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  /** Collections so far; slice from a remembered length to get those of a window. */
  get collectionCount(): number {
    return this.collections.length;
  }

  collectionsSince(count: number): {
    allocatedBytes: number;
    pauseMs: number;
    pauseMsMax: number;
    majorCount: number;
    count: number;
  } {
    const window = this.collections.slice(count);
    return {
      allocatedBytes: window.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0),
      pauseMsMax: window.reduce((most, { pauseMs }) => Math.max(most, pauseMs), 0),
      pauseMs: window.reduce((sum, { pauseMs }) => sum + pauseMs, 0),
      majorCount: window.filter(({ isMajor }) => isMajor).length,
      count: window.length,
    };
  }

  /** The end of what it said. Of one that has just ended, what is still in its pipes is waited for a moment. */
  async lastWords(): Promise<string> {
    if (this.exited) await Promise.race([this.closed, sleep(LAST_WORDS_MS)]);
    return this.said.trim();
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.exited) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.ended;
    clearTimeout(late);
  }

  private keep(text: string): void {
    this.said = (this.said + text).slice(-KEPT_CHARS);
  }

  private read(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      const collection = readCollection(line);
      if (collection === undefined) this.keep(`${line}\n`);
      else this.collections.push(collection);
    }
  }
}
