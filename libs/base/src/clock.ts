import type { EpochMs } from './brands.ts';

/** Where time comes from. Everything that needs the time is handed one, so that tests can turn it by hand. */
export interface Clock {
  /** Time since the Unix epoch in milliseconds with sub-millisecond fractions; never goes backwards within a process. */
  now(): EpochMs;
}

/** Where chance comes from. */
export interface Random {
  /** A fresh UUID, version 4. */
  uuid(): string;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
  /** A float in [0, 1). */
  fraction(): number;
}
