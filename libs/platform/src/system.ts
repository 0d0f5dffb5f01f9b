import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { epochMs, type Clock, type Random } from '@waymark/base';
import { clockOrigin } from './clock-origin.ts';

/** The machine's time and chance, behind the ports of libs/base. Called by the mains; everything else is handed them. */

const ORIGIN_MS = clockOrigin({ wall: () => Date.now(), monotonic: () => performance.now() });

/**
 * Anchored to the wall clock once, when the process starts, and monotonic after that: a step of the wall clock (NTP, a suspended machine)
 * does not move ticks. The price is the wall clock's drift over the life of the process.
 */
export const systemClock: Clock = {
  now: () => epochMs(ORIGIN_MS + performance.now()),
};

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  bytes: (count) => new Uint8Array(randomBytes(count)),
  fraction: () => Math.random(),
};
