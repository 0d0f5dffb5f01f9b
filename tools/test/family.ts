import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/**
 * The processes of a test run, and that none outlives it: jest with its workers, the gate with its apps, k6, what tests start in groups of their own.
 * When this process is told to end (a signal, or the channel to whoever started it closes) it ends each child with all that descends from it; when it
 * is killed, its children find their own channel closed and do that themselves (ends-with-parent.ts).
 */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** start.mjs, which runs `npm test`, waits 2.8 s before it kills. */
export const STOP_WITHIN_MS = 2_000;
const LOOK_MS = 50;
const ENDS_WITH_PARENT = new URL('./ends-with-parent.ts', import.meta.url).href;
const EXIT_CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

const running = new Set<ChildProcess>();

/** Runs Node to the end. What is `shown` is not kept. */
export function runNode(
  args: readonly string[],
  {
    stderr = 'kept',
    stdout = 'kept',
  }: { readonly [channel in 'stdout' | 'stderr']?: 'kept' | 'shown' | 'dropped' } = {},
): Promise<Outcome> {
  const how = { kept: 'pipe', shown: 'inherit', dropped: 'ignore' } as const;
  const child = spawn(process.execPath, ['--import', ENDS_WITH_PARENT, ...args], {
    // A terminal's Ctrl-C is this process's to pass on.
    detached: true,
    stdio: ['ignore', how[stdout], how[stderr], 'ipc'],
  });
  running.add(child);
  const kept = { stdout: '', stderr: '' };
  for (const channel of ['stdout', 'stderr'] as const) {
    child[channel]?.setEncoding('utf8').on('data', (text: string) => (kept[channel] += text));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: null, stdout: '', stderr: error.message }));
    child.once('close', (status) => {
      running.delete(child);
      resolve({ status, ...kept });
    });
  });
}

/** To be called once, before anything is run. */
export function endChildrenWithThis(): void {
  let ending = false;
  const end = (why: string): void => {
    if (ending) return;
    ending = true;
    console.error(`\nended by ${why}: what still runs is ended too`);
    const family = descendantsOf(process.pid);
    signalAll(family, 'SIGTERM');
    const untilMs = performance.now() + STOP_WITHIN_MS;
    setInterval(() => {
      if (running.size > 0 && performance.now() < untilMs) return;
      // What does not listen, and what a child left behind.
      signalAll(family, 'SIGKILL');
      process.exit(EXIT_CODES[why] ?? 1);
    }, LOOK_MS);
  };
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, () => end(signal));
  if (process.connected) {
    process.once('disconnect', () => end('its parent'));
    process.channel!.unref();
  }
}

/** Also those in groups and sessions of their own, as long as whoever started them lives. */
export function descendantsOf(ancestor: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' });
  const children = new Map<number, number[]>();
  for (const line of stdout.trim().split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number) as [number, number];
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (const waiting = [ancestor]; waiting.length > 0;) {
    const more = children.get(waiting.pop()!) ?? [];
    found.push(...more);
    waiting.push(...more);
  }
  return found;
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}
