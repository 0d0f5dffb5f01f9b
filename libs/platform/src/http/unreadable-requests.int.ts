import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerUnreadable, requestTimeouts } from './unreadable-requests.ts';

const TIMEOUT_MS = 300;
const CHECKS_EVERY_MS = 2_000;
let server: Server;
let heard: number;

beforeAll(async () => {
  server = createServer(requestTimeouts(TIMEOUT_MS), (request, response) => {
    heard += 1;
    request.on('end', () => response.end('well')).resume();
  }).on('clientError', answerUnreadable);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close());
beforeEach(() => {
  heard = 0;
});

/** All that the server sends until it closes. */
async function answerTo(text: string): Promise<{ head: string; body: Record<string, unknown> }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).write(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  return { head, body: JSON.parse(body) as Record<string, unknown> };
}

describe('bytes that never become a request', () => {
  it.each([
    ['no HTTP at all', '\x16\x03\x01\r\n\r\n', '400 Bad Request', 'invalid-request'],
    [
      'a head of more than 16 KiB',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(17_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
      'head-too-large',
    ],
    [
      'an address of more than 16 KiB',
      `GET /${'y'.repeat(17_000)} HTTP/1.1\r\n`,
      '431 Request Header Fields Too Large',
      'head-too-large',
    ],
    ['half a head', 'GET / HTTP/1.1\r\nHost: x\r\n', '408 Request Timeout', 'request-timeout'],
  ])('%s', async (_, text, line, slug) => {
    const { body, head } = await answerTo(text);
    expect(head.split('\r\n')[0]).toBe(`HTTP/1.1 ${line}`);
    expect(head).toContain('content-type: application/problem+json');
    expect(body).toMatchObject({ type: `/problems/${slug}`, status: Number(line.slice(0, 3)) });
    expect(heard).toBe(0);
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost: x\r\nNo Name: 1\r\n\r\n', 'invalid header token'],
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n', 'invalid character in content-length'],
    ['HUNT / HTTP/1.1\r\nHost: x\r\n\r\n', 'invalid method encountered'],
  ])('%j: says which rule of HTTP it breaks', async (text, rule) => {
    expect((await answerTo(text)).body['detail']).toBe(`this is not an HTTP request: ${rule}`);
  });

  it('a connection opened ahead of need hears nothing, and its first request is answered', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
    const chunks: string[] = [];
    socket.on('data', (chunk: string) => chunks.push(chunk));
    await sleep(TIMEOUT_MS + CHECKS_EVERY_MS + 500);
    expect([chunks.join(''), socket.closed]).toEqual(['', false]);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(chunks.join('')).toMatch(/^HTTP\/1\.1 200 [^]*well/);
  });

  it('a connection that goes on saying nothing is closed without a word', async () => {
    const impatient = createServer(requestTimeouts(TIMEOUT_MS)).on('clientError', (error, socket) =>
      answerUnreadable(error, socket as Socket, 100),
    );
    await once(impatient.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((impatient.address() as AddressInfo).port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    expect(chunks).toEqual([]);
    impatient.close();
  });

  it('a body that does not come', async () => {
    const { body } = await answerTo('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf');
    expect(body['type']).toBe('/problems/request-timeout');
  });
});

it('a head never has longer than a request: Node would exchange the two limits', () => {
  for (const ms of [1_000, 10_000, 30_000]) {
    const { headersTimeout, requestTimeout } = requestTimeouts(ms);
    expect(requestTimeout).toBe(ms);
    expect(headersTimeout).toBeLessThanOrEqual(ms);
  }
});
