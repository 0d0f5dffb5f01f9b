import type { Actor } from '@waymark/domain';

/** What every command carries beside its own fields. Made from the request's head (http/head.ts) or by the scheduler. */
export interface CommandContext {
  readonly by: Actor;
  /** The Idempotency-Key, or a fresh id where none was sent. */
  readonly key: string;
  /** Epoch ms at which the caller meant to send it. */
  readonly sentAt?: number | undefined;
  readonly traceparent?: string | undefined;
}
