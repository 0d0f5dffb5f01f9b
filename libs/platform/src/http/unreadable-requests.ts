import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { Problem, PROBLEM_CONTENT_TYPE, type ProblemSlug } from '../problems.ts';

/**
 * What servers of both apps do with bytes that never become a request: a head that is too large, one that does not come in time, something
 * that is no HTTP at all, an expectation that nobody can meet. There is no request to hand to a filter, so the problem document is
 * written to the socket itself.
 */

/** A head is sent in one piece; who needs longer holds a connection for nothing. */
const HEAD_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are late: by default every 30 s, so that a limit of 10 s would be 40. */
const LATE_CHECK_MS = 2_000;

/** Options of node:http's createServer. Node exchanges the two limits when that for the head is the longer one: its default is 60 s. */
export function requestTimeouts(requestTimeoutMs: number) {
  const headersTimeout = Math.min(HEAD_TIMEOUT_MS, requestTimeoutMs);
  return { requestTimeout: requestTimeoutMs, headersTimeout, connectionsCheckingInterval: LATE_CHECK_MS };
}

/** A connection that has said nothing is no late request: browsers and pools open some ahead of need. From the time limit on it has this long. */
const SILENT_MS = 60_000;

/** For node:http's event 'clientError': answers where that is possible still, and closes. */
export function answerUnreadable(
  error: Error & { readonly code?: string; readonly reason?: string },
  socket: Socket,
  silentMs: number = SILENT_MS,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) {
    socket.setTimeout(silentMs, () => {
      if (socket.bytesRead === 0) socket.destroy();
    });
    return;
  }
  const [slug, detail] = REASONS.get(error.code ?? '') ?? notHttp(error.reason);
  endWithProblem(socket, new Problem(slug, detail));
}

/** For servers of node:http, whose own answer to an expectation other than 100-continue is empty. */
export function answerExpectations(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    answerProblem(response, new Problem('expectation-failed', 'the only expectation that is known is 100-continue'), {
      connection: 'close',
    });
  });
}

/** For servers without a framework. */
export function answerProblem(
  response: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(problem.toDocument()));
  const own = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': String(body.length),
    'cache-control': 'no-store',
  };
  response.writeHead(problem.status, { ...own, ...headers }).end(body);
}

/** Where there is no response either. */
export function endWithProblem(socket: Duplex, problem: Problem, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify(problem.toDocument());
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

type Reason = readonly [slug: ProblemSlug, detail: string];

/** `rule` is in the words of Node's parser, which repeats nothing of what was sent. */
function notHttp(rule: string | undefined): Reason {
  const what = 'this is not an HTTP request';
  return ['invalid-request', rule === undefined ? what : `${what}: ${rule.toLowerCase()}`];
}

const REASONS: ReadonlyMap<string, Reason> = new Map([
  ['HPE_HEADER_OVERFLOW', ['head-too-large', 'address and headers together have more than 16 KiB']],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['request-timeout', 'the request did not come in time']],
]);
