import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import type { RedisServer } from '../needs/redis-server.ts';
import type { PlannedFault, RedisFault } from './plan.ts';

/** Does what a plan says. What is told of each fault: when it came, what it hit, and how long until the target was itself again. */
export interface InjectedFault extends PlannedFault {
  /** From the beginning of the plan. */
  readonly injectedAtMs: number;
  readonly hit: string;
  /** From the end of the fault until the target was ready; 0 for links. */
  readonly recoveryMs: number;
}

/** Resolves when every fault is healed, rejects when one cannot be. Stops injecting then, and when `signal` aborts. */
export async function injectAll(
  deployment: Deployment,
  plan: readonly PlannedFault[],
  signal: AbortSignal,
  onFault: (fault: InjectedFault) => void,
): Promise<InjectedFault[]> {
  const beganAt = performance.now();
  const busy = new Map<string, Promise<void>>();
  const injected: InjectedFault[] = [];
  const failures: Error[] = [];
  for (const fault of plan) {
    await sleep(Math.max(0, beganAt + fault.atMs - performance.now()));
    // A machine that is slower than the plan reckons: nothing is broken that is not yet healed.
    await busy.get(fault.target);
    if (signal.aborted || failures.length > 0) break;
    const injectedAtMs = Math.round(performance.now() - beganAt);
    const injectAndTell = async (): Promise<void> => {
      const done = { ...fault, injectedAtMs, ...(await inject(deployment, fault)) };
      injected.push(done);
      onFault(done);
    };
    // Heard at once, also while nobody waits for it: a target that cannot be healed ends the run with a verdict, after all others are.
    busy.set(
      fault.target,
      injectAndTell().catch((error: unknown) => void failures.push(error as Error)),
    );
  }
  await Promise.all(busy.values());
  if (failures.length > 0) throw failures[0];
  return injected.toSorted((a, b) => a.index - b.index);
}

async function inject(
  deployment: Deployment,
  { forMs, kind, target }: PlannedFault,
): Promise<{ readonly hit: string; readonly recoveryMs: number }> {
  switch (kind) {
    case 'kill': {
      await deployment.kill(target);
      await sleep(forMs);
      const endedAt = performance.now();
      await deployment.launch(target);
      return { hit: `${target} by SIGKILL`, recoveryMs: Math.round(performance.now() - endedAt) };
    }
    case 'pause': {
      deployment.pause(target);
      await sleep(forMs);
      const endedAt = performance.now();
      deployment.resume(target);
      await deployment.readyAgain(target);
      return { hit: `${target} by SIGSTOP`, recoveryMs: Math.round(performance.now() - endedAt) };
    }
    case 'cut':
      return { hit: `${deployment.link(target).cut()} connections of ${target}`, recoveryMs: 0 };
    case 'refuse':
    case 'hang':
    case 'delay':
      deployment.link(target).set(kind);
      await sleep(forMs);
      deployment.link(target).set('open');
      return { hit: `connections of ${target}`, recoveryMs: 0 };
    case 'flushall':
    case 'del':
    case 'client-kill':
      return { hit: await breakRedis(deployment.redis!.admin, kind), recoveryMs: 0 };
  }
}

async function breakRedis(admin: RedisServer['admin'], kind: RedisFault): Promise<string> {
  if (kind === 'flushall') return `all of Redis: ${await admin.flushall()}`;
  if (kind === 'client-kill') {
    return `${String(await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))} clients of Redis`;
  }
  const streams = await admin.keys('waymark:*:feed:*');
  return `${streams.length === 0 ? 0 : await admin.del(...streams)} keys of the feed`;
}
