import {
  APPEND_BYTES_MAX,
  BODY_BYTES_MAX,
  CLUE_CHARS_MAX,
  CLUES_BYTES_MAX,
  DESCRIPTION_CHARS_MAX,
  DOCUMENT_ERRORS_MAX,
  DURATION_SECONDS_DEFAULT,
  MAX_SPEED_DEFAULT_M_PER_S,
  PLAYERS_PER_GAME_DEFAULT,
  PLAYERS_PER_GAME_MAX,
  POINTS_DEFAULT,
  POINTS_MAX,
  RADIUS_DEFAULT_M,
  TITLE_CHARS_MAX,
  WAYPOINTS_MAX,
} from '@waymark/base';
import { compileQuest } from '../content/compile-quest.ts';
import { checkQuestDocument } from './check-quest-document.ts';
import type { QuestCheck } from './quest-check.ts';

/** `code pointer line:column` of each. */
function placesOf(remarks: QuestCheck['errors'] | QuestCheck['warnings']): string[] {
  return remarks.map(({ code, pointer, line, column }) => `${code} ${pointer} ${line}:${column}`);
}

function errorsOf(text: string): string[] {
  const check = checkQuestDocument(text);
  expect(check.valid).toBe(check.errors.length === 0);
  expect(check.errorCount).toBe(check.errors.length);
  expect(check.content === undefined).toBe(!check.valid);
  return placesOf(check.errors);
}

function quest(fields: object): string {
  return JSON.stringify({ title: 'T', waypoints: [[0, 0, 0]], ...fields });
}

/** Waypoints 20 m apart, the last a treasure: nothing to warn of. */
function trail(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => ({ at: [index * 20, 0, 0], treasure: index === count - 1 }));
}

/** `line:column` of each § in the text, as if it were not there. */
function markedPlaces(marked: string): string[] {
  return marked.split('\n').flatMap((line, index) => {
    const parts = line.split('§');
    return parts.slice(1).map((_, mark) => `${index + 1}:${parts.slice(0, mark + 1).join('').length + 1}`);
  });
}

describe('a good document', () => {
  it('becomes columns, with the defaults where it says nothing', () => {
    const check = checkQuestDocument(quest({ waypoints: [[1, -2, 3.5], { at: [0, 0, 0] }] }));
    expect(check).toMatchObject({ valid: true, errors: [], errorCount: 0 });
    const compiled = compileQuest(check.content!, 'sha256-');
    expect(compiled).toEqual({
      title: 'T',
      description: '',
      order: 'sequential',
      limits: {
        maxSpeed: MAX_SPEED_DEFAULT_M_PER_S,
        durationSeconds: DURATION_SECONDS_DEFAULT,
        maxPlayers: PLAYERS_PER_GAME_DEFAULT,
      },
      waypointCount: 2,
      places: new Float32Array([1, -2, 3.5, RADIUS_DEFAULT_M, 0, 0, 0, RADIUS_DEFAULT_M]),
      points: new Uint16Array([POINTS_DEFAULT, POINTS_DEFAULT]),
      treasure: new Uint8Array(2),
      clues: new Map(),
      contentHash: 'sha256-',
    });
  });

  it('may say everything, and its own defaults may follow the waypoints', () => {
    const text = `{
      "$schema": "./quest.schema.json", "title": " A \\u0022hunt\\u0022 ", "description": "D", "order": "free",
      "waypoints": [
        {"at": [1e2, -0.5E-1, -0], "radius": 7, "points": 0, "clue": "Über \\"dem\\" 🌉", "treasure": true},
        {"treasure": false, "at": [100000, -100000, 0.1]}
      ],
      "limits": {"maxSpeed": 2.5, "durationSeconds": 90, "maxPlayers": 64},
      "defaults": {"radius": 0.1, "points": 10000}
    }`;
    const compiled = compileQuest(checkQuestDocument(text).content!, '');
    expect(compiled.title).toBe(' A "hunt" ');
    expect(compiled.order).toBe('free');
    expect(compiled.limits).toEqual({ maxSpeed: 2.5, durationSeconds: 90, maxPlayers: 64 });
    expect(compiled.places).toEqual(new Float32Array([100, -0.05, 0, 7, 100_000, -100_000, 0.1, 0.1]));
    expect(compiled.points).toEqual(new Uint16Array([0, 10_000]));
    expect(compiled.treasure).toEqual(new Uint8Array([1, 0]));
    expect(compiled.clues).toEqual(new Map([[0, 'Über "dem" 🌉']]));
  });

  it('has its figures told', () => {
    const waypoints = [[0, 0, 0], { at: [3, 4, 0], points: 5, clue: 'c' }, { at: [3, 4, -12], treasure: true }];
    expect(checkQuestDocument(quest({ waypoints })).stats).toEqual({
      waypointCount: 3,
      treasureCount: 1,
      clueCount: 1,
      totalPoints: 2 * POINTS_DEFAULT + 5,
      lengthMetres: 17,
      boundingBox: { min: [0, 0, -12], max: [3, 4, 0] },
    });
  });

  it('has the same bytes for -0 as for 0', () => {
    const of = (zero: string): unknown =>
      checkQuestDocument(`{"title":"T","waypoints":[[${zero},${zero},-1e-60]]}`).content?.places;
    expect(of('-0')).toBe(of('0'));
    expect(of('-0.0')).toBe(of('0'));
  });

  it('of the largest size, with clues that grow most in JSON, fits one append', () => {
    const clue = '\\u0001'.repeat(3);
    const waypoints = Array.from(
      { length: WAYPOINTS_MAX },
      (_, index) => `{"at":[${index},0,0],"treasure":true${index < 15_800 ? `,"clue":"${clue}"` : ''}}`,
    );
    const texts = `"title":"${'🧭'.repeat(TITLE_CHARS_MAX)}","description":"${'🧭'.repeat(DESCRIPTION_CHARS_MAX)}"`;
    const text = `{${texts},"waypoints":[${waypoints.join()}]}`;
    expect(text.length).toBeLessThan(BODY_BYTES_MAX);
    const check = checkQuestDocument(text, { lint: false });
    expect(check.errors).toEqual([]);
    expect(CLUES_BYTES_MAX - 15_800 * (clue.length + 11)).toBeLessThan(1_000);
    expect(Buffer.byteLength(JSON.stringify(check.content))).toBeLessThan(APPEND_BYTES_MAX - 16 * 1024);
  });
});

describe('a document is refused, with the place (marked by §),', () => {
  it.each([
    ['when it is no object', '§[]', ['wrong-type ']],
    ['when it is null', '§null', ['wrong-type ']],
    ['without its required fields', '§{}', ['missing-field ', 'missing-field ']],
    ['for an unknown field', '{"title":"T","waypoints":[[0,0,0]],\n§"colour":1}', ['unknown-field /colour']],
    ['for a field with another case', '{§"Title":"T","title":"T","waypoints":[[0,0,0]]}', ['unknown-field /Title']],
    ['for a repeated field', '{"title":"T","waypoints":[[0,0,0]],§"title":"U"}', ['duplicate-field /title']],
    [
      'for repeated waypoints',
      '{"title":"T","waypoints":[[0,0,0]],§"waypoints":[[0,0,0]]}',
      ['duplicate-field /waypoints'],
    ],
    [
      'for a field repeated in a waypoint',
      '{"title":"T","waypoints":[{"at":[0,0,0],§"at":[0,0,0]}]}',
      ['duplicate-field /waypoints/0/at'],
    ],
    ['for a title of blanks', '{"title":§" \\t","waypoints":[[0,0,0]]}', ['text-blank /title']],
    [
      'for a control',
      '{"title":"T","description":§"\\u0007","waypoints":[[0,0,0]]}',
      ['control-character /description'],
    ],
    ['for a title that is no text', '{"title":§7,"waypoints":[[0,0,0]]}', ['wrong-type /title']],
    ['for null in place of nothing', '{"title":"T","order":§null,"waypoints":[[0,0,0]]}', ['wrong-type /order']],
    ['for an unknown order', '{"title":"T","order":§"random","waypoints":[[0,0,0]]}', ['unknown-value /order']],
    ['for a $schema that is no text', '{"$schema":§1,"title":"T","waypoints":[[0,0,0]]}', ['wrong-type /$schema']],
    ['for waypoints that are no array', '{"title":"T","waypoints":§{}}', ['wrong-type /waypoints']],
    ['without waypoints', '{"title":"T","waypoints":§[ ]}', ['too-few-waypoints /waypoints']],
    ['for a waypoint that is no waypoint', '{"title":"T","waypoints":[[0,0,0],§"x"]}', ['wrong-type /waypoints/1']],
    ['for a waypoint without a place', '{"title":"T","waypoints":[§{}]}', ['missing-field /waypoints/0']],
    ['for a place of two', '{"title":"T","waypoints":[§[0,0]]}', ['wrong-length /waypoints/0']],
    ['for a place of four', '{"title":"T","waypoints":[{"at":§[0,0,0,0]}]}', ['wrong-length /waypoints/0/at']],
    ['for a place that is no array', '{"title":"T","waypoints":[{"at":§"here"}]}', ['wrong-type /waypoints/0/at']],
    ['for a coordinate that is no number', '{"title":"T","waypoints":[[0,§"1",0]]}', ['wrong-type /waypoints/0/1']],
    ['for null in a place', '{"title":"T","waypoints":[[0,0,§null]]}', ['wrong-type /waypoints/0/2']],
    ['for a coordinate out of bounds', '{"title":"T","waypoints":[[0,§-100000.1,0]]}', ['out-of-range /waypoints/0/1']],
    [
      'for a coordinate beyond a double',
      '{"title":"T","waypoints":[[0,0,§1e999]]}',
      ['number-not-finite /waypoints/0/2'],
    ],
    ['for a coordinate beyond a float32', '{"title":"T","waypoints":[[§1e39,0,0]]}', ['out-of-range /waypoints/0/0']],
    ['for NaN', '{"title":"T","waypoints":[[§NaN,0,0]]}', ['json-literal /waypoints/0/0']],
    [
      'for a radius of nothing',
      '{"title":"T","waypoints":[{"at":[0,0,0],"radius":§0}]}',
      ['out-of-range /waypoints/0/radius'],
    ],
    [
      'for a large radius',
      '{"title":"T","defaults":{"radius":§1000.5},"waypoints":[[0,0,0]]}',
      ['out-of-range /defaults/radius'],
    ],
    [
      'for broken points',
      '{"title":"T","waypoints":[{"at":[0,0,0],"points":§1.5}]}',
      ['not-an-integer /waypoints/0/points'],
    ],
    [
      'for negative points',
      '{"title":"T","defaults":{"points":§-1},"waypoints":[[0,0,0]]}',
      ['out-of-range /defaults/points'],
    ],
    [
      'for a treasure that is no boolean',
      '{"title":"T","waypoints":[{"at":[0,0,0],"treasure":§1}]}',
      ['wrong-type /waypoints/0/treasure'],
    ],
    [
      'for a clue that is no text',
      '{"title":"T","waypoints":[{"at":[0,0,0],"clue":§[]}]}',
      ['wrong-type /waypoints/0/clue'],
    ],
    [
      'for a clue with half a pair',
      '{"title":"T","waypoints":[{"at":[0,0,0],"clue":§"\\ud800"}]}',
      ['lone-surrogate /waypoints/0/clue'],
    ],
    [
      'for an unknown field of a waypoint',
      '{"title":"T","waypoints":[{"at":[0,0,0],§"name":"x"}]}',
      ['unknown-field /waypoints/0/name'],
    ],
    [
      'for an unknown limit',
      '{"title":"T","limits":{§"speed":1},"waypoints":[[0,0,0]]}',
      ['unknown-field /limits/speed'],
    ],
    ['for limits that are no object', '{"title":"T","limits":§[1],"waypoints":[[0,0,0]]}', ['wrong-type /limits']],
    [
      'for defaults that are no object',
      '{"title":"T","defaults":§null,"waypoints":[[0,0,0]]}',
      ['wrong-type /defaults'],
    ],
    [
      'for a fraction of a second',
      '{"title":"T","limits":{"durationSeconds":§0.5},"waypoints":[[0,0,0]]}',
      ['out-of-range /limits/durationSeconds'],
    ],
    [
      'for a fraction of a player',
      '{"title":"T","limits":{"maxPlayers":§1.5},"waypoints":[[0,0,0]]}',
      ['not-an-integer /limits/maxPlayers'],
    ],
    [
      'for __proto__',
      '{"title":"T","waypoints":[{"at":[0,0,0],§"__proto__":{}}]}',
      ['forbidden-field /waypoints/0/__proto__'],
    ],
    ['for a breach of JSON, and only for that', '{"tilte":1,"waypoints":[[0,0,0]§,]}', ['json-comma /waypoints/0']],
  ])('%s', (_when, marked, errors) => {
    const text = marked.replaceAll('§', '');
    const found = errorsOf(text).map((error) => error.split(/ (?=\d+:\d+$)/) as [string, string]);
    expect(found.map(([error]) => error)).toEqual(errors);
    expect([...new Set(found.map(([, place]) => place))]).toEqual(markedPlaces(marked));
  });

  it.each(['5.', '.5', '01', '-01', '+1', '1e', '1e+', '1.e5', '-', '0x1', '1_000', '--1'])(
    'for %s where a number should be',
    (spelling) => {
      expect(errorsOf(`{"title":"T","waypoints":[[0,${spelling},0]]}`)).toEqual(['json-number /waypoints/0/1 1:30']);
    },
  );

  it.each([
    '[0,0]0]',
    '[0,0,0,]',
    '[0,0,0',
    '[0 0,0]',
    '[0,0,0]]',
    '[0,,0]',
    '{"at":[0,0,0]',
    '{"at" [0,0,0]}',
    '{,"at":[0,0,0]}',
  ])('for a waypoint that breaks JSON: %s', (waypoint) => {
    const { errors } = checkQuestDocument(`{"title":"T","waypoints":[${waypoint}]}`);
    expect(errors).toEqual([expect.objectContaining({ code: expect.stringMatching(/^json-/) })]);
  });

  it('for numbers and texts one past a limit, and not at the limit', () => {
    const title = (chars: number): string => quest({ title: '🧭'.repeat(chars) });
    expect(errorsOf(title(TITLE_CHARS_MAX))).toEqual([]);
    expect(errorsOf(title(TITLE_CHARS_MAX + 1))).toEqual(['text-too-long /title 1:10']);
    const clue = (chars: number): string => quest({ waypoints: [{ at: [0, 0, 0], clue: 'é'.repeat(chars) }] });
    expect(errorsOf(clue(CLUE_CHARS_MAX))).toEqual([]);
    expect(errorsOf(clue(CLUE_CHARS_MAX + 1))).toEqual(['text-too-long /waypoints/0/clue 1:48']);
    expect(errorsOf(quest({ description: 'd'.repeat(DESCRIPTION_CHARS_MAX + 1) }))).toHaveLength(1);
    const players = (maxPlayers: number): string => quest({ limits: { maxPlayers } });
    expect(errorsOf(players(PLAYERS_PER_GAME_MAX))).toEqual([]);
    expect(errorsOf(players(PLAYERS_PER_GAME_MAX + 1))).toEqual(['out-of-range /limits/maxPlayers 1:59']);
    expect(errorsOf(quest({ defaults: { points: POINTS_MAX + 1 } }))).toHaveLength(1);
  });

  it('for one waypoint too many, with one error', () => {
    const many = (count: number): string => quest({ waypoints: Array.from({ length: count }, () => [0, 0, 0]) });
    expect(errorsOf(many(WAYPOINTS_MAX))).toEqual([]);
    expect(errorsOf(many(WAYPOINTS_MAX + 1))).toEqual(['too-many-waypoints /waypoints 1:26']);
  });

  it('for the clue with which all clues become too large, once', () => {
    const clue = 'x'.repeat(CLUE_CHARS_MAX);
    const waypoints = Array.from({ length: 1_000 }, () => ({ at: [0, 0, 0], clue }));
    const first = Math.floor(CLUES_BYTES_MAX / (CLUE_CHARS_MAX + 11));
    expect(checkQuestDocument(quest({ waypoints })).errors).toMatchObject([
      { code: 'clues-too-large', pointer: `/waypoints/${first}/clue` },
    ]);
    expect(checkQuestDocument(quest({ waypoints: waypoints.slice(0, first) })).valid).toBe(true);
  });

  it('with all that is wrong in the order of the text, up to the limit and counted beyond it', () => {
    const text = '{"waypoints":[[0,0],{"at":[1e6,0,0],"x":1}],\n"title":"",\n"title":"T","limits":{"maxSpeed":1e999}}';
    expect(errorsOf(text)).toEqual([
      'wrong-length /waypoints/0 1:15',
      'out-of-range /waypoints/1/at/0 1:28',
      'unknown-field /waypoints/1/x 1:37',
      'duplicate-field /title 3:1',
      'number-not-finite /limits/maxSpeed 3:34',
    ]);
    const check = checkQuestDocument(quest({ waypoints: Array.from({ length: 500 }, () => [0, 0]) }));
    expect(check.errors).toHaveLength(DOCUMENT_ERRORS_MAX);
    expect(check.errorCount).toBe(500);
    expect(check.errors.at(-1)!.pointer).toBe(`/waypoints/${DOCUMENT_ERRORS_MAX - 1}`);
  });

  it('when "waypoints" stands elsewhere than it should', () => {
    expect(errorsOf('{"title":"T","defaults":{"waypoints":[[0,0,0]]}}')).toEqual([
      'missing-field  1:1',
      'unknown-field /defaults/waypoints 1:26',
    ]);
    expect(errorsOf('{"title":"T","defaults":{"waypoints":[[0,0,0]]},"waypoints":[]}')).toHaveLength(2);
    expect(errorsOf('{"title":"T","a\\"waypoints":[[0,0,0]],"waypoints":[]}')).toHaveLength(2);
    expect(errorsOf('[{"title":"T","waypoints":[[0,0,0]]}]')).toEqual(['wrong-type  1:1']);
    expect(errorsOf('{"title":"\\"waypoints\\":[[0,0,0]]","waypoints":[[0,0,0]]}')).toEqual([]);
  });
});

describe('a document gets a warning, with the place,', () => {
  function warningsOf(fields: object): string[] {
    const check = checkQuestDocument(quest(fields));
    expect(check).toMatchObject({ valid: true, warningCount: check.warnings.length });
    return placesOf(check.warnings);
  }

  it('never when there is nothing to say', () => {
    expect(warningsOf({ waypoints: trail(100) })).toEqual([]);
  });

  it('without a treasure', () => {
    expect(warningsOf({ waypoints: [[0, 0, 0]] })).toEqual(['no-treasure /waypoints 1:26']);
  });

  it('for a treasure with waypoints after it, in sequential order only', () => {
    const waypoints = [{ at: [0, 0, 0], treasure: true }, [20, 0, 0], { at: [40, 0, 0], treasure: true }];
    expect(warningsOf({ waypoints })).toEqual(['treasure-before-end /waypoints/0 1:27']);
    expect(warningsOf({ order: 'free', waypoints })).toEqual([]);
  });

  it('for a way that takes longer than a game, up to the treasure', () => {
    const waypoints = trail(101);
    expect(warningsOf({ limits: { maxSpeed: 20, durationSeconds: 100 }, waypoints })).toEqual([]);
    expect(warningsOf({ limits: { maxSpeed: 20, durationSeconds: 99 }, waypoints })).toEqual([
      expect.stringMatching(/^unreachable-in-time \/limits\/durationSeconds 1:\d+$/),
    ]);
    expect(warningsOf({ limits: { maxSpeed: 0.1 }, waypoints })).toEqual(['unreachable-in-time /waypoints 1:26']);
  });

  it('not for a long way behind the treasure', () => {
    const waypoints = [[0, 0, 0], { at: [20, 0, 0], treasure: true }, [50_000, 0, 0]];
    expect(warningsOf({ waypoints })).toEqual([expect.stringMatching(/^treasure-before-end /)]);
  });

  it('for two in a row that are each within the other', () => {
    const at = (metres: number, radius: number): object => ({ at: [metres, 0, 0], radius });
    const end = { at: [99, 0, 0], treasure: true };
    expect(warningsOf({ waypoints: [at(0, 3), at(3, 5), end] })).toEqual([
      expect.stringMatching(/^overlapping-waypoints \/waypoints\/1 1:\d+$/),
    ]);
    expect(warningsOf({ waypoints: [at(0, 3), at(3.1, 5), end] })).toEqual([]);
    expect(warningsOf({ waypoints: [at(0, 5), at(3.1, 3), end] })).toEqual([]);
  });

  it('for a place that was there before, however far', () => {
    const waypoints = [[1, 2, 3], ...trail(50).slice(1, -1), { at: [1, 2, 3.0000000001], treasure: true }];
    expect(warningsOf({ waypoints })).toEqual([expect.stringMatching(/^duplicate-place \/waypoints\/49 1:\d+$/)]);
  });

  it('for each of thousands of places that come twice, and for no other', () => {
    const waypoints = Array.from({ length: 4_000 }, (_, index) => [index % 3_000, (index % 3_000) / 7, 1]);
    const check = checkQuestDocument(quest({ order: 'free', waypoints }));
    expect(check.warningCount).toBe(1_000 + 1);
    expect(check.warnings.map(({ code, pointer }) => `${code} ${pointer}`).slice(0, 2)).toEqual([
      'no-treasure /waypoints',
      'duplicate-place /waypoints/3000',
    ]);
  });

  it('for a clue of blanks', () => {
    const waypoints = [{ at: [0, 0, 0], clue: '\u3164\n' }, ...trail(2).slice(1)];
    expect(warningsOf({ waypoints })).toEqual(['blank-clue /waypoints/0/clue 1:48']);
  });

  it('up to the limit, counted beyond it, and not at all without lint', () => {
    const text = quest({ waypoints: Array.from({ length: 500 }, () => [0, 0, 0]) });
    const { warningCount, warnings } = checkQuestDocument(text);
    expect([warningCount, warnings.length]).toEqual([500, DOCUMENT_ERRORS_MAX]);
    expect(checkQuestDocument(text, { lint: false })).toMatchObject({ valid: true, warnings: [], warningCount: 0 });
  });
});
