/** One place in a document or request that breaks a rule (problem+json member `errors`). */
export interface ProblemPlace {
  readonly pointer?: string;
  readonly line?: number;
  readonly column?: number;
  readonly code?: string;
  readonly detail?: string;
}

/** The command app refused: an RFC 9457 problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** The stable name of the problem, the last part of its type: "game-full". */
  readonly problem: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly ProblemPlace[];
  /** From Retry-After, or null. */
  readonly retryAfterMs: number | null;

  constructor(status: number, body: Readonly<Record<string, unknown>>, retryAfterMs: number | null) {
    const type = typeof body['type'] === 'string' ? body['type'] : '';
    const problem = type.slice(type.lastIndexOf('/') + 1) || `http-${status}`;
    const title = typeof body['title'] === 'string' ? body['title'] : `HTTP ${status}`;
    const detail = typeof body['detail'] === 'string' ? body['detail'] : '';
    super(`${problem}: ${detail === '' ? title : detail}`);
    this.status = status;
    this.problem = problem;
    this.title = title;
    this.detail = detail;
    this.errors = Array.isArray(body['errors']) ? (body['errors'] as ProblemPlace[]) : [];
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later: the server's trouble, not the request's. */
  get temporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer, after all tries: the outcome of a write is not known, and the same Idempotency-Key settles it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** An answer that is not what the interface promises. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}
