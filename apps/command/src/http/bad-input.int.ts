import { BODY_BYTES_MAX, WAYPOINTS_MAX } from '@waymark/base';
import { publishedQuest, questDocument, runningGame, TestCommandApp, type Asked } from '../testing/command-process.ts';
import { refusedBy } from '../testing/refused.ts';

/** Every kind of bad input in bodies (those in heads are in bad-head.int.ts): a 4xx that names the place and the rule, nothing stored, and the process goes on. */
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

  const refused = (asked: [string, string, Asked?], answer: [number, string, (string | number)[]?]) =>
    refusedBy(app, asked, answer);

  const reachPath = () => `/games/${gameId}/players/pia/reach`;
  const reach = (raw: string): [string, string, Asked] => ['POST', reachPath(), { raw }];

  describe('in a quest document', () => {
    const draft = (raw: string | Uint8Array): [string, string, Asked] => ['POST', '/quests', { raw }];
    const document = (changes: Record<string, unknown>) => draft(JSON.stringify(questDocument(3, changes)));
    const withCount = (count: number) =>
      draft(JSON.stringify({ title: 'T', waypoints: Array.from({ length: count }, () => [0, 0, 0]) }));

    it('names an unknown field', () =>
      refused(draft('{\n  "title": "T",\n  "waypoint": [[0,0,0]],\n  "waypoints": [[0,0,0]]\n}'), [
        422,
        'invalid-quest',
        ['/waypoint', 'unknown-field', 3, 3],
      ]));
    it('names an unknown field of a waypoint', () =>
      refused(draft('{"title":"T","waypoints":[[0,0,0],{"at":[0,0,0],"raduis":3}]}'), [
        422,
        'invalid-quest',
        ['/waypoints/1/raduis', 'unknown-field', 1, 49],
      ]));
    it('refuses a field that stands twice', () =>
      refused(draft('{"title":"T","title":"U","waypoints":[[0,0,0]]}'), [
        400,
        'malformed-json',
        ['/title', 'duplicate-field'],
      ]));
    it('refuses NaN', () =>
      refused(draft('{"title":"T","waypoints":[[0,NaN,0]]}'), [400, 'malformed-json', ['/waypoints/0/1']]));
    it('refuses 1e999', () =>
      refused(draft('{"title":"T","waypoints":[[0,1e999,0]]}'), [
        400,
        'malformed-json',
        ['/waypoints/0/1', 'number-not-finite'],
      ]));
    it('refuses wrong types', () => refused(document({ title: 7 }), [422, 'invalid-quest', ['/title', 'wrong-type']]));
    it('refuses 0 waypoints', () => refused(withCount(0), [422, 'invalid-quest', ['/waypoints', 'too-few-waypoints']]));
    it('refuses 16,385 waypoints', () =>
      refused(withCount(WAYPOINTS_MAX + 1), [422, 'invalid-quest', ['/waypoints', 'too-many-waypoints']]));
    it('takes 16,384 waypoints', async () => {
      expect((await app.ask(...withCount(WAYPOINTS_MAX))).status).toBe(201);
    });
    it('refuses coordinates out of bounds', () =>
      refused(document({ waypoints: [[0, 0, 100_000.5]] }), [
        422,
        'invalid-quest',
        ['/waypoints/0/2', 'out-of-range'],
      ]));
    it('names each entry of a place that breaks a rule', async () => {
      const { body } = await app.ask(...reach('{"waypoint":0,"at":[1e6,true,-1e6]}'));
      expect(body.errors.map(({ code, pointer }: Record<string, string>) => [pointer, code])).toEqual([
        ['/at/0', 'out-of-range'],
        ['/at/1', 'wrong-type'],
        ['/at/2', 'out-of-range'],
      ]);
    });
    it('says of bytes that are not UTF-8 what it says of all faults, and nothing else', async () => {
      const { body } = await app.ask(...draft(Buffer.of(0x7b, 0xff)));
      expect(body.errors).toEqual([{ pointer: '', line: 1, column: 2, code: 'not-utf8', detail: expect.any(String) }]);
    });
    it('refuses bytes that are not UTF-8', () => {
      const bytes = Buffer.concat([Buffer.from('{"title":\n"Mö'), Buffer.from([0xff]), Buffer.from('"}')]);
      return refused(draft(bytes), [400, 'malformed-json', ['', 'not-utf8', 2, 4]]);
    });
    it('refuses more than 2 MiB', () =>
      refused(draft(`{"title":"${'x'.repeat(BODY_BYTES_MAX)}"}`), [413, 'body-too-large']));
    it('refuses deep nesting', () =>
      refused(draft(`{"title":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), [400, 'malformed-json']));
    it('refuses __proto__', () =>
      refused(draft('{"__proto__":{"title":"T"},"title":"T","waypoints":[[0,0,0]]}'), [
        400,
        'malformed-json',
        ['/__proto__'],
      ]));
    it('refuses texts that would grow past one append', () =>
      refused(
        document({ waypoints: Array.from({ length: 800 }, () => ({ at: [0, 0, 0], clue: '\u0001'.repeat(400) })) }),
        [422, 'invalid-quest', ['/waypoints/190/clue', 'clues-too-large']],
      ));
    it('refuses nothing at all', () =>
      refused(['POST', '/quests', { raw: '' }], [400, 'malformed-json', ['', 'json-empty', 1, 1]]));
    it('refuses other media types', () =>
      refused(
        ['POST', '/quests', { raw: 'title: T', headers: { 'content-type': 'application/yaml' } }],
        [415, 'unsupported-media-type'],
      ));
    it('tells it without storing anything at /quests/validate', async () => {
      const before = await app.position();
      const answer = await app.post('/quests/validate', { title: 'T', waypoints: [] });
      expect(answer).toMatchObject({ status: 200, body: { valid: false, errorCount: 1 } });
      expect(answer.body.errors).toMatchObject([{ pointer: '/waypoints', line: 1, code: 'too-few-waypoints' }]);
      for (const [raw, code] of [
        ['', 'json-empty'],
        [' ', 'json-empty'],
        [Buffer.of(0x7b, 0xff), 'not-utf8'],
        ['{"title":"T","title":"U"}', 'duplicate-field'],
      ] as const) {
        const { body, status } = await app.ask('POST', '/quests/validate', { raw });
        expect([code, status, body.valid]).toEqual([code, 200, false]);
        expect(body).toMatchObject({ warnings: [], warningCount: 0, stats: { waypointCount: 0, boundingBox: null } });
        const drafted = await app.ask('POST', '/quests', { raw });
        expect([code, drafted.status, drafted.body.type]).toEqual([code, 400, '/problems/malformed-json']);
        expect(drafted.body).toMatchObject({ errors: body.errors, errorCount: body.errorCount });
        expect(body.errors.map((error: Record<string, string>) => error['code'])).toContain(code);
      }
      const good = await app.post('/quests/validate', questDocument());
      expect(good.body).toMatchObject({
        valid: true,
        errors: [],
        warnings: expect.any(Array),
        stats: { waypointCount: 3 },
      });
      expect(await app.position()).toBe(before);
    });
  });

  describe('in the body of a command', () => {
    const create = (raw: string): [string, string, Asked] => ['POST', '/games', { raw }];
    const join = (raw: string): [string, string, Asked] => ['POST', `/games/${gameId}/players`, { raw }];

    it.each<[string, () => [string, string, Asked], string, (string | number)[]]>([
      [
        'unknown field',
        () => reach('{"waypoint":0,\n"att":[0,0,0],"at":[0,0,0]}'),
        'invalid-request',
        ['/att', 'unknown-field', 2, 1],
      ],
      [
        'field that stands twice',
        () => reach('{"waypoint":0,"waypoint":1,"at":[0,0,0]}'),
        'malformed-json',
        ['/waypoint', 'duplicate-field'],
      ],
      ['missing field', () => reach('{"waypoint":0}'), 'invalid-request', ['', 'missing-field', 1, 1]],
      ['NaN', () => reach('{"waypoint":NaN,"at":[0,0,0]}'), 'malformed-json', ['/waypoint']],
      [
        '1e999',
        () => reach('{"waypoint":0,"at":[0,1e999,0]}'),
        'malformed-json',
        ['/at/1', 'number-not-finite', 1, 23],
      ],
      [
        'wrong type',
        () => reach('{"waypoint":"0","at":[0,0,0]}'),
        'invalid-request',
        ['/waypoint', 'wrong-type', 1, 13],
      ],
      ['fraction', () => reach('{"waypoint":0.5,"at":[0,0,0]}'), 'invalid-request', ['/waypoint', 'not-an-integer']],
      [
        'waypoint past all',
        () => reach('{"waypoint":16384,"at":[0,0,0]}'),
        'invalid-request',
        ['/waypoint', 'out-of-range'],
      ],
      [
        'place out of bounds',
        () => reach('{"waypoint":0,"at":[0,0,-100001]}'),
        'invalid-request',
        ['/at/2', 'out-of-range', 1, 25],
      ],
      [
        'place with a null',
        () => reach('{"waypoint":0,"at":[0,null,0]}'),
        'invalid-request',
        ['/at/1', 'wrong-type', 1, 23],
      ],
      [
        'place with a text',
        () => reach('{"waypoint":0,"at":["0",0,0]}'),
        'invalid-request',
        ['/at/0', 'wrong-type', 1, 21],
      ],
      [
        'place that is a text',
        () => reach('{"waypoint":0,"at":"here"}'),
        'invalid-request',
        ['/at', 'wrong-type', 1, 20],
      ],
      ['quest that is a number', () => create('{"questId":1}'), 'invalid-request', ['/questId', 'wrong-type', 1, 12]],
      [
        'start that is null',
        () => create('{"questId":"q","startsAt":null}'),
        'invalid-request',
        ['/startsAt', 'wrong-type', 1, 27],
      ],
      [
        'version that is null',
        () => create('{"questId":"q","version":null}'),
        'invalid-request',
        ['/version', 'wrong-type'],
      ],
      ['place of two numbers', () => reach('{"waypoint":0,"at":[0,0]}'), 'invalid-request', ['/at', 'wrong-length']],
      ['null', () => reach('null'), 'invalid-request', ['', 'wrong-type', 1, 1]],
      ['an array', () => reach('[]'), 'invalid-request', ['', 'wrong-type', 1, 1]],
      ['half a body', () => reach('{"waypoint":'), 'malformed-json', ['/waypoint', 'json-end', 1, 13]],
      [
        '__proto__',
        () => reach('{"__proto__":{"waypoint":0},"at":[0,0,0]}'),
        'malformed-json',
        ['/__proto__', 'forbidden-field'],
      ],
      [
        'constructor',
        () => create('{"constructor":{},"questId":"q"}'),
        'invalid-request',
        ['/constructor', 'unknown-field'],
      ],
      ['deep nesting', () => create('['.repeat(50_000)), 'malformed-json', []],
      [
        'optional field that is null',
        () => join('{"name":"Pia","playerId":null}'),
        'invalid-request',
        ['/playerId', 'wrong-type', 1, 26],
      ],
      ['name without anything to see', () => join('{"name":"  "}'), 'invalid-request', ['/name', 'text-blank']],
      [
        'name with a control character',
        () => join('{"name":"P\\u0007ia"}'),
        'invalid-request',
        ['/name', 'control-character'],
      ],
      [
        'name that is too long',
        () => join(`{"name":"${'x'.repeat(49)}"}`),
        'invalid-request',
        ['/name', 'text-too-long'],
      ],
      [
        'name that is half a character',
        () => join('{"name":"\\ud800"}'),
        'malformed-json',
        ['/name', 'lone-surrogate'],
      ],
      [
        'id that would need escaping',
        () => join('{"name":"Pia","playerId":"a/b"}'),
        'invalid-request',
        ['/playerId', 'wrong-format'],
      ],
      [
        'too many players',
        () => create('{"questId":"q","maxPlayers":65}'),
        'invalid-request',
        ['/maxPlayers', 'out-of-range'],
      ],
      [
        'time without a zone',
        () => create('{"questId":"q","startsAt":"2026-11-23T12:00:00"}'),
        'invalid-request',
        ['/startsAt', 'wrong-format'],
      ],
      [
        'a day that its month does not have',
        () => create('{"questId":"q","startsAt":"2031-02-29T12:00:00Z"}'),
        'invalid-request',
        ['/startsAt', 'wrong-format', 1, 27],
      ],
      [
        'name of zero-width characters and fillers',
        () => join('{"name":"\\u200b\\u2060\\u3164"}'),
        'invalid-request',
        ['/name', 'text-blank'],
      ],
      [
        'a field where none belongs',
        () => ['POST', `/games/${gameId}/pause`, { raw: '{"why":"tea"}' }],
        'invalid-request',
        ['/why', 'unknown-field', 1, 2],
      ],
    ])('refuses %s', (_, request, slug, at) => refused(request(), [400, slug, at]));

    it('refuses bytes that are not UTF-8', () => {
      const bytes = Buffer.concat([
        Buffer.from('{"waypoint":0, "at":\r\n["'),
        Buffer.from([0xc0, 0xaf]),
        Buffer.from('"]}'),
      ]);
      return refused(['POST', reachPath(), { raw: bytes }], [400, 'malformed-json', ['', 'not-utf8', 2, 3]]);
    });
    it('refuses more than 2 MiB', () => refused(reach(' '.repeat(BODY_BYTES_MAX + 1)), [413, 'body-too-large']));
    it.each([
      ['text/plain', undefined],
      ['application/json; charset=latin1', undefined],
      ['application/json', 'gzip'],
    ])('refuses a body sent as %s, encoding %s', (type, encoding) =>
      refused(
        [
          'POST',
          reachPath(),
          {
            raw: '{"waypoint":0,"at":[0,0,0]}',
            headers: { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) },
          },
        ],
        [415, 'unsupported-media-type'],
      ),
    );
    it('refuses a start that lies in the past', () =>
      refused(['POST', '/games', { body: { questId, startsAt: 1_000 } }], [422, 'start-out-of-range']));
  });

  describe('against the rules of the game', () => {
    it.each<[string, string, unknown, number, string]>([
      ['a waypoint out of order', 'pia/reach', { waypoint: 1, at: [100, 0, 0] }, 409, 'waypoint-out-of-order'],
      ['a waypoint that does not exist', 'pia/reach', { waypoint: 3, at: [0, 0, 0] }, 404, 'waypoint-not-found'],
      ['a place too far off', 'pia/reach', { waypoint: 0, at: [6, 0, 0] }, 409, 'waypoint-too-far'],
      ['a player who is not there', 'paul/reach', { waypoint: 0, at: [0, 0, 0] }, 404, 'player-not-found'],
    ])('refuses %s', (_, path, body, status, slug) =>
      refused(['POST', `/games/${gameId}/players/${path}`, { body }], [status, slug]),
    );
    it('refuses a waypoint that was reached', async () => {
      expect((await app.post(reachPath(), { waypoint: 0, at: [0, 0, 0] })).status).toBe(200);
      await refused(reach('{"waypoint":0,"at":[0,0,0]}'), [409, 'waypoint-already-reached']);
    });
    it('refuses a second join, a join to a full game and to an ended one', async () => {
      const full = await runningGame(app);
      await app.post(`/games/${full}/players`, { playerId: 'paul', name: 'Paul' });
      await refused(['POST', `/games/${full}/players`, { body: { name: 'Zoe' } }], [409, 'game-full']);
      await refused(
        ['POST', `/games/${full}/players`, { body: { playerId: 'pia', name: 'Pia' }, token: null }],
        [409, 'already-joined'],
      );
      await app.post(`/games/${full}/end`);
      await refused(['POST', `/games/${full}/players`, { body: { name: 'Zoe' } }], [409, 'game-ended']);
      await refused(
        ['POST', `/games/${full}/players/pia/reach`, { body: { waypoint: 0, at: [0, 0, 0] } }],
        [409, 'game-ended'],
      );
    });
    it('refuses what names nothing', async () => {
      await refused(['POST', '/games', { body: { questId: 'nosuch' } }], [404, 'quest-not-found']);
      await refused(['POST', '/games', { body: { questId, version: 9 } }], [404, 'version-not-found']);
      await refused(['POST', '/games/nosuch/start'], [404, 'game-not-found']);
      await refused(['POST', '/games/nosuch/players', { body: { name: 'Zoe' } }], [404, 'game-not-found']);
      await refused(
        ['POST', '/games/nosuch/players/p/reach', { body: { waypoint: 0, at: [0, 0, 0] } }],
        [404, 'game-not-found'],
      );
      await refused(['POST', '/quests/nosuch/publish'], [404, 'quest-not-found']);
    });
    it('refuses the game of a draft', async () => {
      const { body } = await app.post('/quests', questDocument());
      await refused(['POST', '/games', { body: { questId: body.questId } }], [409, 'quest-not-published']);
    });
  });
});
