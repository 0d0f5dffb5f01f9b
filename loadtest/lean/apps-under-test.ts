import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appEnvironment, freePorts, untilReady } from '../../tools/e2e/apps.ts';
import { COMMAND, GATEWAY, type Program } from '../../tools/start/programs.ts';

/**
 * Both built apps on ports and a data directory of their own, with the flags of `npm start`, and what they cost: CPU time and memory as the
 * kernel counts them, and every garbage collection as V8 traces it.
 */
export interface AppsUnderTest {
  readonly commandUrl: string;
  readonly gatewayUrl: string;
  readonly dataDir: string;
  readonly token: string;
  readonly command: AppProcess;
  readonly gateway: AppProcess;
  stop(): Promise<void>;
}

const STOP_DEADLINE_MS = 10_000;

export async function startApps(settings: NodeJS.ProcessEnv = {}, keepDataDir?: string): Promise<AppsUnderTest> {
  const dataDir = keepDataDir ?? mkdtempSync(join(tmpdir(), 'waymark-load-'));
  const ports = await freePorts();
  const env = appEnvironment(ports, dataDir, settings);
  const command = new AppProcess(COMMAND, env, dataDir);
  const gateway = new AppProcess(GATEWAY, env, dataDir);
  const stop = async (): Promise<void> => {
    await Promise.all([gateway.stop(), command.stop()]);
    if (keepDataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await untilReady('command app', ports.commandAdmin, () => !command.exited);
    await untilReady('gateway', ports.gatewayAdmin, () => !gateway.exited);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    commandUrl: `http://127.0.0.1:${ports.command}`,
    gatewayUrl: `ws://127.0.0.1:${ports.gateway}`,
    dataDir,
    token: readFileSync(join(dataDir, 'dev-token'), 'utf8').trim(),
    command,
    gateway,
    stop,
  };
}

/** CPU seconds and resident bytes of a process, from the kernel. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

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
  return { cpuSeconds, rssBytes: Number(rssKib) * 1_024 };
}

/** `[hours:]minutes:seconds` and KiB. */
function usageFromPs(pid: number): Usage {
  const line = execFileSync('ps', ['-o', 'time=', '-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const [time = '', rssKib] = line.trim().split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuSeconds, rssBytes: Number(rssKib) * 1_024 };
}

export class AppProcess {
  readonly name: string;
  readonly pid: number;
  private readonly child: ChildProcess;
  /** One entry a collection: [allocated since the one before, pause ms, major]. */
  private readonly collections: { allocatedBytes: number; pauseMs: number; major: boolean }[] = [];
  private rest = '';

  constructor(program: Program, env: NodeJS.ProcessEnv, dataDir: string) {
    this.name = program.name;
    this.child = spawn(process.execPath, ['--trace-gc', '--trace-gc-nvp', ...program.args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Also when this program ends by a fault of its own.
    process.on('exit', () => this.child.kill('SIGKILL'));
    this.pid = this.child.pid!;
    const log = createWriteStream(join(dataDir, `${program.name}.load.log`));
    this.child.stderr!.pipe(log);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => this.read(text));
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
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
      majorCount: window.filter(({ major }) => major).length,
      count: window.length,
    };
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.exited) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(late);
  }

  /** A line a collection, of the main thread and of workers alike (`--trace-gc-nvp`). */
  private read(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      const pause = / pause=([\d.]+)/.exec(line)?.[1];
      const allocated = / allocated=(\d+)/.exec(line)?.[1];
      if (pause === undefined || allocated === undefined) continue;
      this.collections.push({
        allocatedBytes: Number(allocated),
        pauseMs: Number(pause),
        major: / gc=ms? /.test(line) && !/ gc=s /.test(line),
      });
    }
  }
}
