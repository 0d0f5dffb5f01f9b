import { once } from 'node:events';
import { connect } from 'node:net';
import { TestGateway } from '../testing/test-gateway.ts';

/** The players' port and strangers: pages of other origins, and bytes that are no request. */
const PAGE = 'https://play.example';
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ corsOrigins: PAGE });
});
afterAll(() => gateway.stop());

const preflight = (origin: string) =>
  fetch(gateway.url('/games'), {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  });

it('a page of an origin that is named reads answers and refusals', async () => {
  expect((await preflight(PAGE)).headers.get('access-control-allow-origin')).toBe(PAGE);
  for (const [path, status] of [
    ['/games', 200],
    ['/games/nosuch', 404],
    ['/games?limit=x', 400],
    ['/nowhere', 404],
  ] as const) {
    const answer = await gateway.get(path, { origin: PAGE });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, PAGE]);
  }
});

it('a page of any other origin does not', async () => {
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  const answer = await gateway.get('/games', { origin: 'https://evil.example' });
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

it.each([
  ['no HTTP at all', '\x16\x03\x01\r\n\r\n', 400, 'invalid-request'],
  ['a head of more than 16 KiB', `GET /play HTTP/1.1\r\nX: ${'y'.repeat(17_000)}\r\n\r\n`, 431, 'head-too-large'],
])('%s is answered with a problem', async (_, text, status, slug) => {
  const socket = connect(gateway.running.port, '127.0.0.1');
  socket.on('error', () => undefined).write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  const [head = '', body = ''] = answer.toString().split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain('content-type: application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ type: `/problems/${slug}`, status });
});
