import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportHealth, type HealthCheck } from './health.ts';
import type { Metrics } from './metrics/metrics.ts';

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

export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, { error: 'only GET' }, { allow: 'GET, HEAD' });
    switch (request.url?.split('?')[0]) {
      case '/metrics':
        return void answerMetrics(response, options.metrics);
      case '/health/live':
        return answerHealth(response, options.live);
      case '/health/ready':
        return answerHealth(response, options.ready);
      default:
        return answer(response, 404, { error: 'there are /metrics, /health/live and /health/ready' });
    }
  });
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

async function answerMetrics(response: ServerResponse, metrics: AdminServerOptions['metrics']): Promise<void> {
  try {
    const text = await metrics.render();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  } catch (error) {
    answer(response, 500, { error: (error as Error).message });
  }
}

function answerHealth(response: ServerResponse, checks: readonly HealthCheck[]): void {
  const report = reportHealth(checks);
  answer(response, report.status === 'ok' ? 200 : 503, report);
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
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
