import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { availableParallelism } from 'node:os';
import type { Preflight } from '../judge/evidence.ts';
import { machineTimes, shareOf } from './machine-times.ts';

/** Looks at the machine before anything of the run is started: whether it is idle, keeps time, and lets a process have enough sockets. */
const LOOK_MS = 3_000;
const TIMER_MS = 10;

export async function preflight(): Promise<Preflight> {
  const before = machineTimes();
  const late: number[] = [];
  for (const until = performance.now() + LOOK_MS; performance.now() < until;) {
    const startedAt = performance.now();
    await sleep(TIMER_MS);
    late.push(performance.now() - startedAt - TIMER_MS);
  }
  const after = machineTimes();
  late.sort((a, b) => a - b);
  return {
    coreCount: availableParallelism(),
    timerLateP99Ms: Math.max(0, late[Math.ceil(late.length * 0.99) - 1]!),
    idleShare: shareOf('idle', before, after),
    stealShare: shareOf('steal', before, after),
    openFilesMax: openFilesMax(),
  };
}

/** What children of this process may have open: the soft limit. */
function openFilesMax(): number {
  const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text);
}
