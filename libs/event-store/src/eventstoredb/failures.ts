import { ErrorType } from '@eventstore/db-client';
import { StoreUnavailableError } from '../event-store.ts';

/** What an error of the client means for whoever asked: above all, whether anything can have happened. */
export type Failure =
  /** The server did not take it: nothing happened. */
  | { readonly kind: 'not_taken'; readonly reason: string }
  /** Another node leads; the client goes there for the next call. Nothing happened. */
  | { readonly kind: 'not_leader'; readonly reason: string }
  | { readonly kind: 'wrong_revision' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'deleted'; readonly reason: string }
  | { readonly kind: 'too_large'; readonly reason: string }
  /** The user may not, or is not known. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Anything else: it may or may not have happened. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Nobody answered in time; our own timer says so. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError';
}

/** The server ended a subscription or lets it hear of nothing. */
export class SubscriptionLostError extends Error {
  override readonly name = 'SubscriptionLostError';
}

/**
 * Texts of UNAVAILABLE and of other errors that stand for a call that was never sent, or was turned away before it was looked at. Of all
 * other errors nobody knows.
 */
const NEVER_TAKEN =
  /No connection established|Name resolution failed|Channel closed before call started|Failed to discover|ECONNREFUSED|Server Is Not Ready|Server Is Too Busy|Waiting for LB pick/i;

/** Status codes of gRPC. */
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNAUTHENTICATED = 16;

export function failureOf(error: unknown): Failure {
  // A read of our own that failed: what it failed of.
  if (error instanceof StoreUnavailableError && error.cause !== undefined) return failureOf(error.cause);
  const { code, message = String(error), type } = error as { code?: number; message?: string; type?: ErrorType };
  const reason = sentence(message);
  switch (type) {
    case ErrorType.WRONG_EXPECTED_VERSION:
      return { kind: 'wrong_revision' };
    case ErrorType.STREAM_NOT_FOUND:
      return { kind: 'not_found' };
    case ErrorType.NOT_LEADER:
      return { kind: 'not_leader', reason: 'the EventStoreDB node that was asked does not lead its cluster' };
    case ErrorType.STREAM_DELETED:
      return { kind: 'deleted', reason: 'the stream was deleted for ever in EventStoreDB' };
    case ErrorType.ACCESS_DENIED:
      return { kind: 'refused', reason: 'EventStoreDB refuses the user of EVENTSTOREDB_URL' };
    default:
  }
  if (isTooLarge(error, message)) return { kind: 'too_large', reason };
  if (code === PERMISSION_DENIED || code === UNAUTHENTICATED)
    return { kind: 'refused', reason: 'EventStoreDB refuses the user of EVENTSTOREDB_URL' };
  if (NEVER_TAKEN.test(message)) return { kind: 'not_taken', reason: `EventStoreDB cannot be reached: ${reason}` };
  return { kind: 'unknown', reason: `EventStoreDB did not answer: ${reason}` };
}

/**
 * The limit of an append, and that of an event, which servers have from 25.1 on and the client has no name for; the last is gRPC's own limit of a message.
 * Each is said before anything is written.
 */
function isTooLarge(error: unknown, message: string): boolean {
  const {
    _raw: raw,
    code,
    type,
  } = error as {
    readonly _raw?: { readonly metadata?: { get(name: string): readonly unknown[] } };
    readonly code?: number;
    readonly type?: ErrorType;
  };
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return true;
  const [exception] = raw?.metadata?.get('exception') ?? [];
  if (exception === 'maximum-append-event-size-exceeded') return true;
  return code === RESOURCE_EXHAUSTED && /message (larger than|exceeds)/i.test(message);
}

/** Failures after which a fresh connection is the better bet. */
export function asksForNewConnection({ kind }: Failure): boolean {
  return kind === 'not_taken' || kind === 'unknown';
}

/** gRPC's messages begin with the code, and may go on over lines. */
function sentence(message: string): string {
  return message.replace(/^\d+ [A-Z_]+: /, '').split('\n')[0]!;
}
