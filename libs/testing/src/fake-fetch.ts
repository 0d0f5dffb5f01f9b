/** What a test sees of one request. */
export interface FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body parsed, or undefined when there was none. */
  readonly body: unknown;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface FakeInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

interface FakeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/**
 * A fetch whose server is a function of the test: it returns an answer, throws for a network that is gone, or returns 'silence' for a
 * server that never answers (the caller's abort signal then ends the request).
 */
export class FakeFetch {
  readonly requests: FakeRequest[] = [];
  private readonly answer: (request: FakeRequest, number: number) => FakeAnswer | 'silence';

  constructor(answer: (request: FakeRequest, number: number) => FakeAnswer | 'silence') {
    this.answer = answer;
  }

  readonly fetch = async (url: string, init: FakeInit): Promise<FakeResponse> => {
    const body = init.body === undefined ? undefined : (JSON.parse(init.body) as unknown);
    const request: FakeRequest = { method: init.method, url, headers: lowerCased(init.headers), body };
    this.requests.push(request);
    const answer = this.answer(request, this.requests.length);
    if (answer === 'silence') return untilAborted(init.signal);
    const headers = lowerCased(answer.headers ?? {});
    return {
      status: answer.status,
      headers: { get: (name) => headers[name.toLowerCase()] ?? null },
      text: async () => (answer.body === undefined ? '' : JSON.stringify(answer.body)),
    };
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  });
}
