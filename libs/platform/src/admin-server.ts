import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportHealth, type HealthCheck } from './health.ts';
import { answerExpectations, answerProblem, answerUnreadable, requestTimeouts } from './http/unreadable-requests.ts';
import type { Metrics } from './metrics/metrics.ts';
import { Problem, problemPage } from './problems.ts';

/** /metrics, /health/live and /health/ready on a port of their own, which the outside does not see. Started by the mains of both apps. */
export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Pick<Metrics, 'render' | 'contentType'>;
  /** Failing: the process should be restarted. Must not depend on other servers. */
  readonly live: readonly HealthCheck[];
  /** Failing: nothing should be sent here now. */
  readonly ready: readonly HealthCheck[];
}

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Requests have no body here. */
const REQUEST_TIMEOUT_MS = 10_000;

export async function startAdminServer(
  options: AdminServerOptions,
  requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
): Promise<AdminServer> {
  const server = createServer(requestTimeouts(requestTimeoutMs), (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (!PATHS.has(path) && !path.startsWith(PROBLEMS_PATH)) {
      return answerProblem(response, new Problem('not-found', 'there are /metrics, /health/live and /health/ready'));
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const allow = ['GET', 'HEAD'];
      const problem = new Problem('method-not-allowed', `${request.method} is not taken here`, { extra: { allow } });
      return answerProblem(response, problem, { allow: allow.join(', ') });
    }
    switch (path) {
      case '/metrics':
        return void answerMetrics(response, options.metrics);
      case '/health/live':
        return answerHealth(response, options.live);
      case '/health/ready':
        return answerHealth(response, options.ready);
      default:
        return answerProblemPage(response, path.slice(PROBLEMS_PATH.length));
    }
  });
  server.on('clientError', answerUnreadable);
  answerExpectations(server);
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const PATHS: ReadonlySet<string> = new Set(['/metrics', '/health/live', '/health/ready']);
/** The type of a problem is an address on the server that answered with it. */
const PROBLEMS_PATH = '/problems/';

async function answerMetrics(response: ServerResponse, metrics: AdminServerOptions['metrics']): Promise<void> {
  try {
    const text = await metrics.render();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  } catch (error) {
    answerProblem(response, new Problem('internal', `the metrics cannot be collected: ${(error as Error).message}`));
  }
}

function answerProblemPage(response: ServerResponse, slug: string): void {
  try {
    answer(response, 200, problemPage(slug));
  } catch (error) {
    answerProblem(response, error as Problem);
  }
}

function answerHealth(response: ServerResponse, checks: readonly HealthCheck[]): void {
  const report = reportHealth(checks);
  answer(response, report.status === 'ok' ? 200 : 503, report);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
