import { connect } from 'node:net';
import { BODY_BYTES_MAX } from '@waymark/base';
import { publishedQuest, questDocument, runningGame, TestCommandApp, type Asked } from '../testing/command-process.ts';
import { refusedBy } from '../testing/refused.ts';

/** Each would be refused for itself, and the large ones would keep the event loop busy for a tenth of a second if they were parsed. */
const BODIES_OF_STRANGERS: readonly { readonly raw: string; readonly type?: string }[] = [
  { raw: '{' },
  { raw: '{', type: 'text/plain' },
  { raw: '' },
  { raw: `[${'1e5,'.repeat(500_000)}1]` },
  { raw: ' '.repeat(BODY_BYTES_MAX + 1) },
];

/** Addresses, query fields and headers that break a rule: a 4xx that names it, and nothing stored. Bodies are in bad-input.int.ts. */
describe('bad input', () => {
  let app: TestCommandApp;
  let questId: string;
  let gameId: string;

  beforeAll(async () => {
    app = await TestCommandApp.start();
    questId = await publishedQuest(app);
    gameId = await runningGame(app);
  });
  afterAll(() => app.stop());

  const refused = (asked: [string, string, Asked?], answer: [number, string, (string | number | undefined)[]?]) =>
    refusedBy(app, asked, answer);
  /** What is answered to bytes that no client would send. */
  async function rawAnswer(text: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const socket = connect(Number(new URL(app.running.urls.api).port), '127.0.0.1');
    socket.write(text);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    return { status: Number(head.slice(9, 12)), body: JSON.parse(body) as Record<string, unknown> };
  }

  const reachPath = () => `/games/${gameId}/players/pia/reach`;

  describe('in the head of a request', () => {
    const good = { waypoint: 0, at: [0, 0, 0] };
    it.each([
      ['Idempotency-Key', 'x'.repeat(129), 'wrong-format'],
      ['Idempotency-Key', 'with space', 'wrong-format'],
      ['Waymark-Sent-At', 'yesterday', 'wrong-format'],
      ['Waymark-Sent-At', '1e13', 'wrong-format'],
      ['Waymark-Sent-At', '12', 'out-of-range'],
    ])('refuses %s: %s', (name, value, code) =>
      refused(
        ['POST', reachPath(), { body: good, headers: { [name]: value } }],
        [400, 'invalid-request', [name, code]],
      ),
    );
    it('asks for If-Match', () =>
      refused(['PUT', `/quests/${questId}`, { body: questDocument() }], [428, 'precondition-required']));
    it.each(['1', 'W/"1"', '*', '"one"', '"-1"', '""'])('refuses If-Match: %s', (value) =>
      refused(
        ['PUT', `/quests/${questId}`, { body: questDocument(), headers: { 'if-match': value } }],
        [400, 'invalid-request', ['If-Match', 'wrong-format']],
      ),
    );
    it('refuses a revision that is not that of the draft', () =>
      refused(
        ['PUT', `/quests/${questId}`, { body: questDocument(2), headers: { 'if-match': '"7"' } }],
        [412, 'precondition-failed'],
      ));
    it.each(['a%20b', 'a%2Fb', 'x'.repeat(65), '-a', 'a%00'])('refuses the id %s', (id) =>
      refused(['POST', `/games/${id}/start`], [400, 'invalid-request', ['gameId', 'wrong-format']]),
    );
    it.each(['/games/%zz/start', '/games/%/start', '/games/%E2%82/start'])(
      'refuses an address that cannot be decoded: %s',
      (path) => refused(['POST', path], [400, 'invalid-request', [undefined, 'wrong-format']]),
    );
    it('refuses an id that is longer than any router would read, and does not repeat it', async () => {
      const path = `/games/${'x'.repeat(3000)}/start`;
      await refused(['POST', path], [400, 'invalid-request', [undefined, 'text-too-long']]);
      expect(JSON.stringify((await app.post(path)).body).length).toBeLessThan(500);
    });
    it.each([
      ['GET', '/quest'],
      ['POST', '/quests/'],
      ['PUT', '/quests/'],
      ['GET', '/quests/'],
      ['POST', '/games/'],
      ['POST', '/games//start'],
    ])('knows no such path: %s %s', (method, path) => refused([method, path], [404, 'not-found']));
    it.each([
      ['POST', () => `/games/${gameId}/pause?x=1`],
      ['POST', () => `/quests?x=1`],
      ['POST', () => `/games/${gameId}/players/pia/reach?x=1`],
      ['GET', () => '/problems/forbidden?x=1'],
      ['GET', () => '/health/live?x=1'],
    ])('takes no query: %s %s', (method, path) =>
      refused([method, path()], [400, 'invalid-request', ['x', 'unknown-parameter']]),
    );
    it.each<[string, () => string, string]>([
      ['Authorization', () => `/games/${gameId}/pause`, `Authorization: Bearer x`],
      ['Authorization', reachPath, `Authorization: Bearer x`],
      ['Content-Type', reachPath, 'Content-Type: application/json\r\nContent-Type: application/json'],
      ['Host', reachPath, 'Host: elsewhere'],
      ['Idempotency-Key', reachPath, 'Idempotency-Key: a\r\nIdempotency-Key: b'],
      ['Waymark-Sent-At', () => `/games/${gameId}/pause`, 'Waymark-Sent-At: 1\r\nWaymark-Sent-At: 1'],
      ['If-Match', () => `/games/${gameId}/pause`, 'If-Match: "1"\r\nIf-Match: "1"'],
    ])('refuses a second %s', async (parameter, path, more) => {
      const before = await app.position();
      const { status, body } = await rawAnswer(
        `POST ${path()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${app.token}\r\n${more}\r\nConnection: close\r\n\r\n`,
      );
      expect([status, body.type]).toEqual([400, '/problems/invalid-request']);
      expect(body.errors).toMatchObject([{ parameter, code: 'repeated-header' }]);
      expect(await app.position()).toBe(before);
    });
    it('refuses an expectation that it cannot meet', async () => {
      const { status, body } = await rawAnswer('POST /games HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n');
      expect([status, body.type]).toEqual([417, '/problems/expectation-failed']);
    });
    it('knows the path and not the method', async () => {
      await refused(['PATCH', '/games'], [405, 'method-not-allowed']);
      expect((await app.ask('GET', `/games/${gameId}/players`)).headers.get('allow')).toBe('POST');
    });
    it.each<[string, () => string, number, string]>([
      ['POST', () => '/nothing', 404, 'not-found'],
      ['PATCH', () => '/games', 405, 'method-not-allowed'],
      ['PUT', reachPath, 405, 'method-not-allowed'],
    ])('looks at no body of what it does not take: %s %s', async (method, path, status, slug) => {
      for (const { raw, type = 'application/json' } of BODIES_OF_STRANGERS) {
        await refused([method, path(), { raw, token: null, headers: { 'content-type': type } }], [status, slug]);
      }
    });
    it('knows addresses in the absolute form', async () => {
      for (const [method, status] of [
        ['POST', 401],
        ['PATCH', 405],
      ] as const) {
        const text = `${method} http://elsewhere/games HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
        expect([method, (await rawAnswer(text)).status]).toEqual([method, status]);
      }
    });
    it('ignores a traceparent that is broken', async () => {
      const { status } = await app.ask('POST', `/games/${gameId}/players`, {
        body: { name: 'Tracy' },
        headers: { traceparent: 'nonsense' },
      });
      expect(status).toBe(201);
    });
  });
});
