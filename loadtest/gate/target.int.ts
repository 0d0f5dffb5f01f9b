import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deploymentTarget } from './target.ts';

/** What stands at an address that is no command app, and what the gate says of it: one sentence that tells whoever reads a build log what to look for. */
let server: Server | null = null;
afterEach(async () => {
  server?.closeAllConnections();
  if (server !== null) await new Promise((resolve) => server!.close(resolve));
  server = null;
});

const GAME = '0e0b4e92-6442-8442-8ffb-06fc1469b872';

describe('an address that is no command app', () => {
  it.each([
    [
      'a page',
      answering(200, 'text/html', '<!doctype html><h1>It works</h1>'),
      'the answer (200) is not a JSON object',
    ],
    ['some other JSON', answering(200, 'application/json', '{}'), 'the answer has no text "questId"'],
    ['bytes that are no HTTP', (_, answer) => answer.socket!.end('\0\x01\n'), 'Expected HTTP'],
    [
      'a redirection to nowhere',
      (_, answer) => answer.writeHead(302, { location: 'http://a.invalid/' }).end(),
      'fetch failed',
    ],
  ] satisfies [string, Handler, string][])('which answers with %s is told', async (_what, handler, sentence) => {
    const url = await listening(handler);
    expect(await refusal(url)).toMatch(new RegExp(`^${url} cannot be measured: [^\n]*(${escaped(sentence)})`));
  });

  it('where nobody listens is told as that, and not only that a fetch failed', async () => {
    const url = await listening(() => undefined);
    await new Promise((resolve) => server!.close(resolve));
    server = null;
    expect(await refusal(url)).toMatch(/fetch failed \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)$/);
  });

  it.each([['nonsense'], ['http://127.0.0.1:9'], [5]])(
    'which sends players to %j is refused before any game is made for a run',
    async (gatewayUrl) => {
      const url = await listening((request, answer) => {
        const { url: path = '' } = request;
        const told = path.endsWith('/players')
          ? { gatewayUrl }
          : { questId: 'q', revision: 0, version: 1, contentHash: 'x', gameId: GAME, joinCode: null };
        answering(201, 'application/json', JSON.stringify(told))(request, answer);
      });
      const named = JSON.stringify(gatewayUrl);
      expect(await refusal(url)).toContain(`it sends players to ${named}, which is no WebSocket address`);
    },
  );
});

type Handler = (request: IncomingMessage, answer: ServerResponse) => unknown;

function answering(status: number, type: string, body: string): Handler {
  return (_, answer) => answer.writeHead(status, { 'content-type': type, etag: '"0"' }).end(body);
}

async function listening(handler: Handler): Promise<string> {
  server = createServer((request, answer) => {
    request.resume();
    request.once('end', () => handler(request, answer));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function refusal(url: string): Promise<string> {
  const target = deploymentTarget(url, 'token', () => undefined);
  return target.then(
    () => 'measured',
    (error: Error) => error.message,
  );
}

function escaped(text: string): string {
  return text.replace(/[()]/g, '\\$&');
}
