import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { startAdminServer, type AdminServer } from './admin-server.ts';

let server: AdminServer;
let renders: () => Promise<string>;

beforeAll(async () => {
  const metrics = { contentType: 'text/plain', render: () => renders() };
  const ready = [{ name: 'never', check: () => ({ ok: false, detail: 'no' }) }];
  server = await startAdminServer({ host: '127.0.0.1', port: 0, metrics, live: [], ready });
});
afterAll(() => server.close());
beforeEach(() => {
  renders = async () => 'a 1';
});

function ask(method: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; type: string; allow: string | undefined; body: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          type: response.headers['content-type'] ?? '',
          allow: response.headers.allow,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on('error', reject).end();
  });
}

it('answers metrics and health', async () => {
  expect(await ask('GET', '/metrics')).toMatchObject({ status: 200, body: 'a 1' });
  expect(await ask('GET', '/health/live')).toMatchObject({ status: 200, type: 'application/json' });
  expect((await ask('GET', '/health/ready')).status).toBe(503);
});

it.each([
  ['GET', '/', {}, 404, 'not-found'],
  ['POST', '/nothing', {}, 404, 'not-found'],
  ['GET', '/problems/nothing', {}, 404, 'not-found'],
  ['POST', '/metrics', {}, 405, 'method-not-allowed'],
  ['GET', '/metrics', { expect: 'miracles' }, 417, 'expectation-failed'],
])('%s %s %j is refused with a problem document', async (method, path, headers, status, slug) => {
  const answer = await ask(method, path, headers as Record<string, string>);
  expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
  expect(JSON.parse(answer.body)).toMatchObject({ type: `/problems/${slug}`, status });
  if (status === 405) expect(answer.allow).toBe('GET, HEAD');
  expect((await ask('GET', `/problems/${slug}`)).status).toBe(200);
});

it('waits for half a request as long as it is told, and not the minute and a half of Node', async () => {
  const metrics = { contentType: 'text/plain', render: () => renders() };
  const impatient = await startAdminServer({ host: '127.0.0.1', port: 0, metrics, live: [], ready: [] }, 300);
  const socket = connect(impatient.port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => (answer += text)).write('GET /metrics HTTP/1.1\r\nHost: x\r\n');
  await once(socket, 'close');
  expect(answer).toContain('/problems/request-timeout');
  await impatient.close();
});

it('metrics that cannot be collected are a problem too', async () => {
  renders = () => Promise.reject(new Error('a gauge threw'));
  const answer = await ask('GET', '/metrics');
  expect(JSON.parse(answer.body)).toMatchObject({ type: '/problems/internal', status: 500 });
});
