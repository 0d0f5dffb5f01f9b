import { setTimeout as sleep } from 'node:timers/promises';

/** Requests of the e2e tests, as a stranger would send them: no SDK, no retries. */
export interface Asked {
  readonly method?: string;
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** The body, parsed when it is JSON, else its text. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape.
  readonly body: any;
}

const ANSWER_DEADLINE_MS = 20_000;

/** Rejects only when there is no answer. */
export async function ask(url: string, asked: Asked = {}): Promise<Answered> {
  const { body, headers, method = 'GET', raw, token } = asked;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(url, {
    method,
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await answer.text();
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

const LOOK_AGAIN_MS = 10;

/** Waits for a condition. `describe` makes the sentence of the failure from what is there when the time is over. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  describe: () => string,
  deadlineMs = 10_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${describe()}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
