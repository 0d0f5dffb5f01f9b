import { AppendTooLargeError, StoreClosedError, StoreUnavailableError } from '@waymark/event-store';
import { Problem } from '@waymark/platform';

const RETRY_AFTER_SECONDS = 1;
/** Somebody has to raise the server's limit first. */
const RETRY_TOO_LARGE_AFTER_SECONDS = 60;

/** The problem that a fault of the event store is to the caller; null for anything else. */
export function problemOfStore(error: unknown): Problem | null {
  const when = { retryAfterSeconds: RETRY_AFTER_SECONDS };
  if (error instanceof StoreClosedError) return new Problem('shutting-down', 'the event store is closed', when);
  if (error instanceof AppendTooLargeError) {
    return new Problem('store-unavailable', error.message, { retryAfterSeconds: RETRY_TOO_LARGE_AFTER_SECONDS });
  }
  return error instanceof StoreUnavailableError ? new Problem('store-unavailable', error.message, when) : null;
}
