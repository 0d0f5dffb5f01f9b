import { setImmediate as turn } from 'node:timers/promises';

/**
 * Ctrl-C and SIGTERM, for the gate and its proof: one rule at any point of a run. What was started is ended, no report is left that looks like a
 * verdict, one sentence, exit code 130. So nothing of a run may block this process for long, and every stage asks before it goes on.
 */
export const EXIT_INTERRUPTED = 130;

/** Aborts at the first signal. Later ones change nothing: a terminal sends Ctrl-C to a whole group, and npm passes it on once more. */
export function interruptSignal(): AbortSignal {
  const aborter = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => aborter.abort(new Error(`ended by ${signal}`)));
  }
  return aborter.signal;
}

/** Lets a signal in that has come already: Node hands them over between turns of the event loop, the first of which may be half over. */
export async function throwIfInterrupted(signal: AbortSignal): Promise<void> {
  await turn();
  await turn();
  signal.throwIfAborted();
}

/** `work`, or the signal's reason as soon as it comes. The work is not ended by that. */
export async function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}
