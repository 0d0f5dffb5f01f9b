/**
 * How long to wait before trying again: exponential with full jitter, so that thousands of clients that lost the same server do not come
 * back in one wave.
 */
export const BACKOFF_BASE_MS = 100;
export const BACKOFF_MAX_MS = 5_000;

/** A wait for attempt `attempt` (from 0): evenly spread over 0 to min(5 s, 100 ms x 2^attempt). */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 16));
}
