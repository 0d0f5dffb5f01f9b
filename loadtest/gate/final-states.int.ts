import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finalStates } from './final-states.ts';

/** A read API that does as told: `answer` gets how often the game was asked about. */
let server: Server;
let url: string;
const asked = new Map<string, number>();

async function serve(
  answer: (tries: number, response: ServerResponse, request: IncomingMessage) => void,
): Promise<void> {
  asked.clear();
  server = createServer((request, response) => {
    const tries = (asked.get(request.url!) ?? 0) + 1;
    asked.set(request.url!, tries);
    answer(tries, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const scores = (response: ServerResponse): void => void response.end('{"revision":7,"scores":[{"score":20}]}');

describe('the states of record', () => {
  it('are told although a request broke off and a server was busy', async () => {
    await serve((tries, response, request) => {
      if (request.url === '/games/b/scores' && tries === 1) response.destroy();
      else if (request.url === '/games/c/scores' && tries <= 2) response.writeHead(503).end();
      else scores(response);
    });
    expect(await finalStates(url, ['a', 'b', 'c'])).toEqual(
      ['a', 'b', 'c'].map((gameId, player) => ({ player, gameId, revision: 7, score: 20 })),
    );
  });

  it('leave a game out that is never told, after a few tries, and the others are told', async () => {
    await serve((_, response, request) => {
      if (request.url === '/games/b/scores') response.writeHead(500).end();
      else scores(response);
    });
    expect((await finalStates(url, ['a', 'b', 'c']))!.map(({ gameId }) => gameId)).toEqual(['a', 'c']);
    expect(asked.get('/games/b/scores')).toBe(4);
  });

  it('are not asked again for a game that is not there', async () => {
    await serve((_, response) => void response.writeHead(404).end());
    expect(await finalStates(url, ['a'])).toEqual([]);
    expect(asked.get('/games/a/scores')).toBe(1);
  });

  it('are null when nobody answers, and nobody waits for every game', async () => {
    await serve((_, response) => void response.destroy());
    const gameIds = Array.from({ length: 500 }, (_, n) => `g${n}`);
    expect(await finalStates(url, gameIds)).toBeNull();
    expect(asked.size).toBeLessThan(50);
  });

  it('are given up at once when the run is interrupted', async () => {
    await serve(() => undefined);
    const aborter = new AbortController();
    const asking = finalStates(url, ['a', 'b'], aborter.signal);
    aborter.abort(new Error('ended by SIGINT'));
    await expect(asking).rejects.toThrow('ended by SIGINT');
  });
});
