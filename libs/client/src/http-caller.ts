import { backoffMs } from './backoff.ts';
import type { Environment, RequestLike, ResponseLike } from './environment.ts';
import { AnswerError, NetworkError, ProblemError } from './http-errors.ts';

/**
 * One request to the command app, tried again where that is safe: every write carries an Idempotency-Key, the same for all tries, so a
 * try whose answer was lost has no second effect. Tried again are a network that failed, silence of 10 s, and 429, 502, 503, 504; the
 * wait is the backoff, or Retry-After when that is longer.
 */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With a leading slash. */
  readonly path: string;
  /** An object goes as JSON, a string as it is. */
  readonly body?: object | string;
  /** For Authorization: Bearer. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** A fresh one unless given. */
  readonly idempotencyKey?: string;
  /** Ends the request and its tries; it then fails with what it met last. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly etag: string | null;
}

interface RawAnswer {
  readonly status: number;
  readonly headers: ResponseLike['headers'];
  readonly text: string;
}

export const TRIES_MAX = 5;
export const TRY_TIMEOUT_MS = 10_000;
/** A server that asks for a longer pause than this is given up on. */
export const RETRY_AFTER_MS_MAX = 30_000;

const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class HttpCaller {
  private readonly environment: Environment;
  private readonly baseUrl: string;

  constructor(environment: Environment, baseUrl: string) {
    this.environment = environment;
    this.baseUrl = baseUrl.replace(/\/+$/, '');
  }

  /** The answer to a request that succeeded. Throws ProblemError, NetworkError or AnswerError. */
  async call(request: HttpRequest): Promise<HttpAnswer> {
    const { environment } = this;
    const key = request.idempotencyKey ?? environment.uuid();
    for (let attempt = 0; ; attempt++) {
      let failure: ProblemError | NetworkError;
      try {
        const response = await this.attempt(request, key);
        if (response.status >= 200 && response.status < 300) return readAnswer(response);
        failure = readProblem(response);
        if (!RETRIED.has(response.status)) throw failure;
      } catch (error) {
        if (error instanceof ProblemError || error instanceof AnswerError) throw error;
        failure = new NetworkError(`${request.method} ${this.baseUrl}${request.path}: ${String(error)}`, {
          cause: error,
        });
      }
      const pauseMs = failure instanceof ProblemError ? (failure.retryAfterMs ?? 0) : 0;
      if (attempt + 1 >= TRIES_MAX || pauseMs > RETRY_AFTER_MS_MAX) throw failure;
      const waitMs = Math.max(pauseMs, backoffMs(attempt, environment.random));
      await this.pause(waitMs, request.signal);
      if (request.signal?.aborted === true) throw failure;
    }
  }

  /** Shorter when the signal comes first. */
  private pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { environment } = this;
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const timer = environment.setTimeout(resolve, waitMs);
      const stop = (): void => {
        environment.clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  private async attempt(request: HttpRequest, idempotencyKey: string): Promise<RawAnswer> {
    const { environment } = this;
    const abort = new AbortController();
    const stop = (): void => {
      abort.abort();
    };
    const timeout = environment.setTimeout(stop, TRY_TIMEOUT_MS);
    request.signal?.addEventListener('abort', stop, { once: true });
    try {
      const init: RequestLike = {
        method: request.method,
        signal: abort.signal,
        headers: {
          accept: 'application/json, application/problem+json',
          ...(request.method === 'GET' ? {} : { 'idempotency-key': idempotencyKey }),
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
          ...request.headers,
        },
        ...(request.body === undefined
          ? {}
          : { body: typeof request.body === 'string' ? request.body : JSON.stringify(request.body) }),
      };
      const response = await environment.fetch(this.baseUrl + request.path, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    } finally {
      environment.clearTimeout(timeout);
      request.signal?.removeEventListener('abort', stop);
    }
  }
}

/** A member of an answer that must be text. */
export function answerText(answer: HttpAnswer, name: string): string {
  const value = answer.body[name];
  if (typeof value !== 'string') throw new AnswerError(`the answer has no text "${name}"`);
  return value;
}

/** A member of an answer that must be a number. */
export function answerNumber(answer: HttpAnswer, name: string): number {
  const value = answer.body[name];
  if (typeof value !== 'number') throw new AnswerError(`the answer has no number "${name}"`);
  return value;
}

function readAnswer({ status, headers, text }: RawAnswer): HttpAnswer {
  const body = text === '' ? {} : parseObject(text);
  if (body === undefined) throw new AnswerError(`the answer (${status}) is not a JSON object`);
  return { status, body, etag: headers.get('etag') };
}

/** A proxy may answer in HTML: then the status has to say it all. */
function readProblem({ status, headers, text }: RawAnswer): ProblemError {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new ProblemError(status, parseObject(text) ?? {}, Number.isFinite(seconds) ? seconds * 1_000 : null);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
