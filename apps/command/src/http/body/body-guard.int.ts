import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { BODY_BYTES_MAX, COMMAND_BODY_BYTES_MAX } from '@waymark/base';
import { publishedQuest, runningGame, TestCommandApp } from '../../testing/command-process.ts';

/** What a stranger's body may cost before anybody has looked at it. */
let app: TestCommandApp;
let gameId: string;
let questId: string;

beforeAll(async () => {
  app = await TestCommandApp.start();
  questId = await publishedQuest(app);
  gameId = await runningGame(app);
});
afterAll(() => app.stop());

const UNANSWERED_MS = 2_000;

const server = (): Server => app.running.nest.getHttpServer() as Server;

/** The status of what is answered to a head that promises a body, of which nothing is ever sent; 0 when the server waits for it. */
async function statusOfHead(line: string, bytes: number, token?: string): Promise<number> {
  const socket = connect((server().address() as AddressInfo).port, '127.0.0.1');
  const head = [
    `${line} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${bytes}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.setTimeout(UNANSWERED_MS);
  const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'timeout')])) as [Buffer?];
  socket.destroy();
  return answer === undefined ? 0 : Number(answer.toString().split(' ')[1]);
}

it.each([
  ['POST /quests', ''],
  ['POST /quests/validate', ''],
  ['PUT /quests/{questId}', ''],
  ['POST /quests', 'someone'],
])('%s reads no byte of what comes with the token "%s"', async (line, token) => {
  const asked = line.replace('{questId}', questId);
  expect(await statusOfHead(asked, BODY_BYTES_MAX, token === '' ? undefined : token)).toBe(401);
});

it.each(['/games', '/games/{gameId}/players', '/games/{gameId}/players/pia/reach', '/games/{gameId}/pause'])(
  'POST %s takes no body of more than 64 KiB',
  async (path) => {
    const asked = path.replace('{gameId}', gameId);
    const before = await app.position();
    expect(await statusOfHead(`POST ${asked}`, COMMAND_BODY_BYTES_MAX + 1)).toBe(413);
    const answer = await app.ask('POST', asked, { raw: ' '.repeat(COMMAND_BODY_BYTES_MAX + 1) });
    expect(answer).toMatchObject({ status: 413, body: { type: '/problems/body-too-large' } });
    expect(answer.body.detail).toContain(String(COMMAND_BODY_BYTES_MAX));
    expect(await app.position()).toBe(before);
  },
);

it('takes a body of 64 KiB', async () => {
  const raw = '{"waypoint":0,"at":[0,0,0]}'.padEnd(COMMAND_BODY_BYTES_MAX);
  expect((await app.ask('POST', `/games/${gameId}/players/pia/reach`, { raw })).status).toBe(200);
});

it('gives a request 30 s and its head 10 s', () => {
  expect(server()).toMatchObject({ requestTimeout: 30_000, headersTimeout: 10_000 });
});
