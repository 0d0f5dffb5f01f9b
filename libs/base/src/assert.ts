/** A broken invariant: a bug in Waymark, never the caller's input. The process that meets one ends (see docs/adr/0002). */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Ends in AssertionError unless `condition` holds. `claim` says what should have been true, as a sentence. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionError(`broken invariant: ${claim}`);
}

/** The last branch of a switch over a union: compiles only while every case is handled. */
export function assertNever(value: never, claim: string): never {
  throw new AssertionError(`broken invariant: ${claim}: ${JSON.stringify(value)}`);
}
