import { join } from 'node:path';
import { BODY_BYTES_MAX, epochMs, JSON_DEPTH_MAX, WAYPOINTS_MAX } from '@waymark/base';
import { openSqliteEventStore, type SqliteEventStore } from '@waymark/event-store';
import { AuthorTokens, openKeyring, Sessions, systemClock } from '@waymark/platform';
import { Apps } from './apps.ts';
import { ask, type Asked } from './http.ts';

/**
 * Bad input over the wire, against the built apps: a 4xx that names the place and the rule, nothing stored, and both processes as ready as
 * before. The finer cases of each rule are tested beside the code; here stands every kind of input that the project promises to refuse.
 */

/** Where the first error is: pointer or parameter, code, and in a text line and column. Not given: the problem's type says it all. */
type Place = readonly [pointerOrParameter: string, code: string, line?: number, column?: number];
type Raw = string | Uint8Array<ArrayBuffer>;
type Case = [name: string, raw: () => Raw, status: number, problem: string, place?: Place];

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> => {
  const buffers = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)));
  return new Uint8Array(Buffer.concat(buffers));
};
const waypoints = (count: number): string => `{"title":"T","waypoints":[${Array(count).fill('[0,0,0]').join(',')}]}`;
const nested = (count: number): string => `${'['.repeat(count)}${']'.repeat(count)}`;
const tooLarge = (): string => `{"title":"${'x'.repeat(BODY_BYTES_MAX)}"}`;

const DOCUMENTS: readonly Case[] = [
  ['nothing at all', () => '', 400, 'malformed-json', ['', 'json-empty', 1, 1]],
  ['half a document', () => '{"title":"T",\n', 400, 'malformed-json', ['', 'json-end', 2]],
  [
    'a trailing comma',
    () => '{"title":"T",\n "waypoints":[[0,0,0],]}',
    400,
    'malformed-json',
    ['/waypoints/0', 'json-comma', 2, 22],
  ],
  [
    'a field that stands twice',
    () => '{"title":"T",\n "title":"U","waypoints":[[0,0,0]]}',
    400,
    'malformed-json',
    ['/title', 'duplicate-field', 2, 2],
  ],
  [
    'an unknown field',
    () => '{"title":"T",\n  "waypoint":1,\n  "waypoints":[[0,0,0]]}',
    422,
    'invalid-quest',
    ['/waypoint', 'unknown-field', 2, 3],
  ],
  [
    'an unknown field of a waypoint',
    () => '{"title":"T","waypoints":[[0,0,0],\n{"at":[0,0,0],"raduis":3}]}',
    422,
    'invalid-quest',
    ['/waypoints/1/raduis', 'unknown-field', 2, 15],
  ],
  [
    'NaN',
    () => '{"title":"T","waypoints":[[0,\nNaN,0]]}',
    400,
    'malformed-json',
    ['/waypoints/0/1', 'json-literal', 2, 1],
  ],
  [
    '1e999',
    () => '{"title":"T","waypoints":[[0,\n1e999,0]]}',
    400,
    'malformed-json',
    ['/waypoints/0/1', 'number-not-finite', 2, 1],
  ],
  [
    'a title that is a number',
    () => '{"title":7,"waypoints":[[0,0,0]]}',
    422,
    'invalid-quest',
    ['/title', 'wrong-type', 1, 10],
  ],
  [
    'a waypoint that is a text',
    () => '{"title":"T","waypoints":["here"]}',
    422,
    'invalid-quest',
    ['/waypoints/0', 'wrong-type', 1, 27],
  ],
  ['a document that is a list', () => '[]', 422, 'invalid-quest', ['', 'wrong-type', 1, 1]],
  ['0 waypoints', () => waypoints(0), 422, 'invalid-quest', ['/waypoints', 'too-few-waypoints', 1]],
  [
    '16,385 waypoints',
    () => waypoints(WAYPOINTS_MAX + 1),
    422,
    'invalid-quest',
    ['/waypoints', 'too-many-waypoints', 1],
  ],
  [
    'a coordinate out of bounds',
    () => '{"title":"T","waypoints":[[0,0,100000.5]]}',
    422,
    'invalid-quest',
    ['/waypoints/0/2', 'out-of-range', 1, 32],
  ],
  [
    'bytes that are not UTF-8',
    () => bytes('{"title":\n"M', [0xff], '"}'),
    400,
    'malformed-json',
    ['', 'not-utf8', 2, 3],
  ],
  ['more than 2 MiB', tooLarge, 413, 'body-too-large'],
  [
    '100,000 brackets',
    () => `{"title":${nested(100_000)}}`,
    400,
    'malformed-json',
    [`/title${'/0'.repeat(JSON_DEPTH_MAX - 1)}`, 'json-depth', 1],
  ],
  [
    '__proto__',
    () => '{"__proto__":{"title":"T"},"title":"T","waypoints":[[0,0,0]]}',
    400,
    'malformed-json',
    ['/__proto__', 'forbidden-field', 1, 2],
  ],
];

const REACHES: readonly Case[] = [
  ['half a body', () => '{"waypoint":', 400, 'malformed-json', ['/waypoint', 'json-end', 1, 13]],
  [
    'a field that stands twice',
    () => '{"waypoint":1,\n"waypoint":1,"at":[5,0,0]}',
    400,
    'malformed-json',
    ['/waypoint', 'duplicate-field', 2, 1],
  ],
  [
    'an unknown field',
    () => '{"waypoint":1,"at":[5,0,0],\n "score":1000}',
    400,
    'invalid-request',
    ['/score', 'unknown-field', 2, 2],
  ],
  ['a missing field', () => '{"waypoint":1}', 400, 'invalid-request', ['', 'missing-field', 1, 1]],
  ['NaN', () => '{"waypoint":NaN,"at":[5,0,0]}', 400, 'malformed-json', ['/waypoint', 'json-literal', 1, 13]],
  ['1e999', () => '{"waypoint":1,"at":[5,1e999,0]}', 400, 'malformed-json', ['/at/1', 'number-not-finite', 1, 23]],
  [
    'a text for a number',
    () => '{"waypoint":"1","at":[5,0,0]}',
    400,
    'invalid-request',
    ['/waypoint', 'wrong-type', 1, 13],
  ],
  ['a place of two numbers', () => '{"waypoint":1,"at":[5,0]}', 400, 'invalid-request', ['/at', 'wrong-length', 1, 20]],
  [
    'a place out of bounds',
    () => '{"waypoint":1,"at":[5,0,100001]}',
    400,
    'invalid-request',
    ['/at/2', 'out-of-range', 1, 25],
  ],
  ['a body that is null', () => 'null', 400, 'invalid-request', ['', 'wrong-type', 1, 1]],
  [
    'bytes that are not UTF-8',
    () => bytes('{"waypoint":1,\n"', [0xc0, 0xaf], '":1}'),
    400,
    'malformed-json',
    ['', 'not-utf8', 2, 2],
  ],
  ['more than 2 MiB', tooLarge, 413, 'body-too-large'],
  [
    '30,000 brackets',
    () => nested(30_000),
    400,
    'malformed-json',
    ['/0'.repeat(JSON_DEPTH_MAX) as string, 'json-depth', 1],
  ],
  [
    '__proto__',
    () => '{"__proto__":{"waypoint":1},"at":[5,0,0]}',
    400,
    'malformed-json',
    ['/__proto__', 'forbidden-field', 1, 2],
  ],
  ['a waypoint that was reached', () => '{"waypoint":0,"at":[0,0,0]}', 409, 'waypoint-already-reached'],
  ['a waypoint out of order', () => '{"waypoint":2,"at":[10,0,0]}', 409, 'waypoint-out-of-order'],
  ['a waypoint that does not exist', () => '{"waypoint":3,"at":[10,0,0]}', 404, 'waypoint-not-found'],
  ['a place too far from the waypoint', () => '{"waypoint":1,"at":[7,0,0]}', 409, 'waypoint-too-far'],
];

describe('bad input', () => {
  let apps: Apps;
  let store: SqliteEventStore;
  let questId: string;
  /** Running, with room for one more: pia is in it and has reached waypoint 0. */
  let gameId: string;
  let fullId: string;
  let endedId: string;

  beforeAll(async () => {
    apps = await Apps.start();
    store = await openSqliteEventStore({ file: join(apps.dataDir, 'events.db'), readOnly: true });
    const done = async (path: string, body?: object): Promise<Record<string, string>> => {
      const asked: Asked = { method: 'POST', token: apps.token, ...(body === undefined ? {} : { body }) };
      const answer = await ask(apps.commandUrl + path, asked);
      if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
      return answer.body as Record<string, string>;
    };
    const game = async (maxPlayers: number): Promise<string> => {
      const { gameId: made } = await done('/games', { questId, maxPlayers, open: true });
      await done(`/games/${made}/players`, { playerId: 'pia', name: 'Pia' });
      await done(`/games/${made}/start`);
      return made!;
    };
    questId = (
      await done('/quests', {
        title: 'T',
        defaults: { radius: 1 },
        waypoints: [
          [0, 0, 0],
          [5, 0, 0],
          [10, 0, 0],
        ],
      })
    )['questId']!;
    await done(`/quests/${questId}/publish`);
    gameId = await game(2);
    await done(`/games/${gameId}/players/pia/reach`, { waypoint: 0, at: [0, 0, 0] });
    fullId = await game(1);
    endedId = await game(2);
    await done(`/games/${endedId}/end`);
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await apps.dispose();
  });

  async function refused(path: string, asked: Asked, status: number, problem: string, place?: Place): Promise<void> {
    const before = await store.lastPosition();
    const answer = await ask(apps.commandUrl + path, { method: 'POST', token: apps.token, ...asked });
    expect({ status: answer.status, type: answer.body.type }).toEqual({ status, type: `/problems/${problem}` });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.detail.length).toBeGreaterThan(10);
    if (place !== undefined) {
      const [first] = answer.body.errors;
      const told = [first.pointer ?? first.parameter, first.code, first.line, first.column];
      expect(told.slice(0, place.length)).toEqual(place);
      expect(first.detail.length).toBeGreaterThan(10);
    }
    expect(await store.lastPosition()).toBe(before);
    for (const port of [apps.ports.commandAdmin, apps.ports.gatewayAdmin]) {
      expect((await ask(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    }
    expect(apps.errors()).toEqual([]);
  }

  // Rest parameters: jest would fill a named one that its row leaves out with a callback, and wait for it.
  it.each<Case>(DOCUMENTS)('in a quest document: %s', (...[, raw, status, problem, place]) =>
    refused('/quests', { raw: raw() }, status, problem, place),
  );

  it.each<Case>(REACHES)('in a reach: %s', (...[, raw, status, problem, place]) =>
    refused(`/games/${gameId}/players/pia/reach`, { raw: raw() }, status, problem, place),
  );

  it.each<[string, () => string, Asked, number, string, Place?]>([
    ['a join to a full game', () => `/games/${fullId}/players`, { body: { name: 'Zoe' } }, 409, 'game-full'],
    ['a join to an ended game', () => `/games/${endedId}/players`, { body: { name: 'Zoe' } }, 409, 'game-ended'],
    [
      'a reach in an ended game',
      () => `/games/${endedId}/players/pia/reach`,
      { body: { waypoint: 0, at: [0, 0, 0] } },
      409,
      'game-ended',
    ],
    [
      'a second join of a player',
      () => `/games/${gameId}/players`,
      { body: { playerId: 'pia', name: 'Pia' }, token: undefined },
      409,
      'already-joined',
    ],
    [
      'a name with nothing to see',
      () => `/games/${gameId}/players`,
      { body: { name: ' ' } },
      400,
      'invalid-request',
      ['/name', 'text-blank', 1, 9],
    ],
    ['a game of no quest', () => '/games', { body: { questId: 'nosuch' } }, 404, 'quest-not-found'],
    [
      'a game for 65 players',
      () => '/games',
      { body: { questId: 'q', maxPlayers: 65 } },
      400,
      'invalid-request',
      ['/maxPlayers', 'out-of-range'],
    ],
    [
      'a time without a zone',
      () => '/games',
      { body: { questId: 'q', startsAt: '2026-11-23T12:00:00' } },
      400,
      'invalid-request',
      ['/startsAt', 'wrong-format'],
    ],
    ['an id that is none', () => '/games/a%20b/start', {}, 400, 'invalid-request', ['gameId', 'wrong-format']],
    [
      'an Idempotency-Key with a space',
      () => `/games/${gameId}/pause`,
      { headers: { 'idempotency-key': 'a b' } },
      400,
      'invalid-request',
      ['Idempotency-Key', 'wrong-format'],
    ],
    [
      'a Waymark-Sent-At of yesteryear',
      () => `/games/${gameId}/pause`,
      { headers: { 'waymark-sent-at': '12' } },
      400,
      'invalid-request',
      ['Waymark-Sent-At', 'out-of-range'],
    ],
    ['an address that is none', () => '/game', {}, 404, 'not-found'],
    ['a method that is not taken', () => '/games', { method: 'PATCH' }, 405, 'method-not-allowed'],
  ])('in a command: %s', (...[, path, asked, status, problem, place]) =>
    refused(path(), asked, status, problem, place),
  );

  describe('for a token', () => {
    const reach = { body: { waypoint: 1, at: [5, 0, 0] } };
    const hour = 3_600_000;
    const ago = (ms: number) => ({ now: () => epochMs(systemClock.now() - ms) });
    const keys = () => openKeyring(join(apps.dataDir, 'keys'));
    const sessionOf = async (playerId: string, clock: { now: () => ReturnType<typeof epochMs> }) =>
      new Sessions(await keys(), clock).issue({ playerId, gameId, row: 0, sessionId: 's' });

    it.each<[string, () => Promise<string | undefined>, number, string]>([
      ['none', async () => undefined, 401, 'unauthenticated'],
      ['something else', async () => 'abc', 401, 'unauthenticated'],
      ['one whose signature is another', async () => `${apps.token.slice(0, -6)}AAAAAA`, 401, 'unauthenticated'],
      [
        'one without a signature',
        async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${apps.token.split('.')[1]}.x`,
        401,
        'unauthenticated',
      ],
      [
        'an author’s that has expired',
        async () => new AuthorTokens(await keys(), ago(hour)).issue('dev', ['games:operate'], 60),
        401,
        'token-expired',
      ],
      ['a session’s that has expired', () => sessionOf('pia', ago(30 * 24 * hour)), 401, 'token-expired'],
      ['another player’s', () => sessionOf('paul', systemClock), 403, 'forbidden'],
      [
        'another author’s',
        async () => new AuthorTokens(await keys(), systemClock).issue('eve', ['games:operate'], 60),
        403,
        'forbidden',
      ],
      [
        'one without the scope',
        async () => new AuthorTokens(await keys(), systemClock).issue('dev', ['quests:write'], 60),
        403,
        'forbidden',
      ],
    ])('%s', async (_, token, status, problem) =>
      refused(`/games/${gameId}/players/pia/reach`, { ...reach, token: await token() }, status, problem),
    );
  });

  it('leaves the game as it was: the next reach is taken', async () => {
    const answer = await ask(`${apps.commandUrl}/games/${gameId}/players/pia/reach`, {
      method: 'POST',
      token: apps.token,
      body: { waypoint: 1, at: [5, 0, 0] },
    });
    expect(answer).toMatchObject({ status: 200, body: { revision: 4, score: 20 } });
  });
});
