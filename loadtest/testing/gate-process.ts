import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from '@waymark/testing';

/** `npm run sla` as a process, for tests that come between: what it says, whom it started, how it ends. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const GATE_ARGS = [
  '--conditions=waymark-source',
  '--disable-warning=ExperimentalWarning',
  'loadtest/gate/main.ts',
];
/** The first time k6 is built. */
const PHASE_WITHIN_MS = 150_000;
const GONE_WITHIN_MS = 10_000;

export class GateProcess {
  /** Settles with its exit code when all it said is read. */
  readonly ended: Promise<number | null>;
  said = '';
  private readonly child: ChildProcess;

  /** `fileBlocksMax`: no file that it or its children write may be larger, in blocks of 512 bytes (of 1,024 in some shells). */
  constructor(
    flags: readonly string[],
    env: NodeJS.ProcessEnv = {},
    { fileBlocksMax }: { readonly fileBlocksMax?: number } = {},
  ) {
    const limit = fileBlocksMax === undefined ? '' : `ulimit -f ${fileBlocksMax}; `;
    this.child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, ...GATE_ARGS, ...flags], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const channel of [this.child.stdout!, this.child.stderr!]) {
      channel.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    }
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Until its progress says so. */
  async reaches(phase: string): Promise<void> {
    await until(
      () => `the gate comes to "${phase}": ${this.said}`,
      () => this.said.includes(`... ${phase}`),
      PHASE_WITHIN_MS,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Processes that it started and that live, by what they run. */
  family(): readonly { readonly pid: number; readonly command: string }[] {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'args='], { encoding: 'utf8' });
    return stdout.split('\n').flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return Number(parent) === this.child.pid ? [{ pid: Number(pid), command: command! }] : [];
    });
  }
}

export async function untilGone(pids: readonly number[]): Promise<void> {
  await until('its processes are gone', () => pids.every((pid) => !isAlive(pid)), GONE_WITHIN_MS);
}

/** One that has ended and was not waited for is still listed. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
