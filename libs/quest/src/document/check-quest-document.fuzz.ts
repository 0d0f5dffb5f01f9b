import fc from 'fast-check';

import {
  CLUE_CHARS_MAX,
  COORDINATE_ABS_MAX_M,
  POINTS_MAX,
  RADIUS_DEFAULT_M,
  RADIUS_MAX_M,
  RADIUS_MIN_M,
} from '@waymark/base';
import { compileQuest } from '../content/compile-quest.ts';
import { packQuest } from '../content/pack-quest.ts';
import { checkQuestDocument } from './check-quest-document.ts';
import { controlInLine, controlInLines, isBlank } from './plain-text.ts';
import { readWaypointsText } from './waypoints-text.ts';

/** Documents against a naive reading of them, and the swift reading against the whole one. Printed on failure: seed and smallest case. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);
fc.configureGlobal({ seed: SEED });

const coordinate = fc.oneof(
  fc.double({ min: -COORDINATE_ABS_MAX_M, max: COORDINATE_ABS_MAX_M, noNaN: true }),
  fc.integer({ min: -COORDINATE_ABS_MAX_M * 100, max: COORDINATE_ABS_MAX_M * 100 }).map((cm) => cm / 100),
  fc.constantFrom(0, -0, 1e-7, 5e-324, -1e-40, 0.1, COORDINATE_ABS_MAX_M, -COORDINATE_ABS_MAX_M),
);
const place = fc.tuple(coordinate, coordinate, coordinate);
const radius = fc.double({ min: RADIUS_MIN_M, max: RADIUS_MAX_M, noNaN: true });
const points = fc.nat({ max: POINTS_MAX });
const clue = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary-ascii', maxLength: 12 }),
  fc.constantFrom('', '"waypoints":[', '\\', 'é'.repeat(CLUE_CHARS_MAX)),
);
const waypoint = fc.oneof(
  place,
  fc.record({ at: place, radius, points, clue, treasure: fc.boolean() }, { requiredKeys: ['at'] }),
);
const title = clue.map((text) => [...text].slice(0, 100).join(''));
const document = fc.record(
  {
    title: title.filter((text) => !isBlank(text) && controlInLine(text) < 0),
    description: clue.filter((text) => controlInLines(text) < 0),
    order: fc.constantFrom('sequential', 'free'),
    waypoints: fc.array(waypoint, { minLength: 1, maxLength: 30 }),
    defaults: fc.record({ radius, points }, { requiredKeys: [] }),
    limits: fc.record({ maxSpeed: fc.double({ min: 0.1, max: 1_000, noNaN: true }) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['title', 'waypoints'] },
);

/** The document as text: fields in the order that `order` gives, indented or not. */
function textOf(fields: object, order: readonly number[], indent: number): string {
  const entries = Object.entries(fields).map((entry, index) => [order[index % order.length]!, entry] as const);
  entries.sort(([a], [b]) => a - b);
  return JSON.stringify(Object.fromEntries(entries.map(([, entry]) => entry)), null, indent);
}

const texts = fc
  .tuple(document, fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 6 }), fc.nat({ max: 3 }))
  .map(([fields, order, indent]) => ({ fields, text: textOf(fields, order, indent) }));

/** The same document in a look that the swift reading does not know. */
function uncommon(text: string): string {
  return text.replaceAll('"waypoints"', '"waypoint\\u0073"');
}

const verdict = (text: string): unknown => {
  const { content, errors, errorCount, warnings, stats } = checkQuestDocument(text);
  const named = (remark: { code: string; pointer: string }): string => `${remark.code} ${remark.pointer}`;
  return { content, stats, errorCount, errors: errors.map(named), warnings: warnings.map(named) };
};

describe('a quest document, fuzzed', () => {
  it('comes back from its content and its compiled form as it was written, as float32', () => {
    fc.assert(
      fc.property(texts, ({ fields, text }) => {
        const { content } = checkQuestDocument(text);
        const compiled = compileQuest(content!, 'sha256-00');
        const { contentHash: _hash, ...columns } = compiled;
        expect(packQuest(columns)).toEqual(content);
        expect(compiled).toMatchObject({ title: fields.title, order: fields.order ?? 'sequential' });
        expect(compiled.waypointCount).toBe(fields.waypoints.length);
        fields.waypoints.forEach((authored, index) => {
          const naive = Array.isArray(authored) ? { at: authored } : authored;
          const naiveRadius = naive.radius ?? fields.defaults?.radius ?? RADIUS_DEFAULT_M;
          const bits = [...naive.at, naiveRadius].map((metres) => Math.fround(metres) + 0);
          expect([...compiled.places.subarray(index * 4, index * 4 + 4)]).toEqual(bits);
          expect(compiled.points[index]).toBe(naive.points ?? fields.defaults?.points ?? 10);
          expect(compiled.treasure[index]).toBe(naive.treasure === true ? 1 : 0);
          expect(compiled.clues.get(index)).toBe(naive.clue);
        });
      }),
      { numRuns: 250 },
    );
  });

  it('is read swiftly when it looks as documents do, and the whole reading agrees', () => {
    fc.assert(
      fc.property(texts, ({ text }) => {
        expect(readWaypointsText(text)).toBeDefined();
        expect(readWaypointsText(uncommon(text))).toBeUndefined();
        expect(verdict(text)).toEqual(verdict(uncommon(text)));
      }),
      { numRuns: 250 },
    );
  });

  it('with anything changed in its text is judged alike by both readings', () => {
    const scraps = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '\\u0061',
        '\\ud800',
        '0',
        '00',
        '-',
        '.',
        '.5',
        'e1',
        'E+3',
        '1e999',
        '9e5',
      ],
      ...[
        'true',
        'null',
        ' ',
        '\n',
        '\u0001',
        '\ud800',
        '"at":[0,0,0],',
        '"clue":"",',
        '"__proto__":1,',
        '[0,0,0],',
        'x',
        '123456789012345678',
      ],
    );
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 4 }), scraps), { minLength: 1, maxLength: 2 });
    let valid = 0;
    let invalid = 0;
    fc.assert(
      fc.property(texts, edits, ({ text }, changes) => {
        let changed = text;
        for (const [at, cut, scrap] of changes) {
          const offset = at % (changed.length + 1);
          changed = changed.slice(0, offset) + scrap + changed.slice(offset + cut);
        }
        expect(verdict(changed)).toEqual(verdict(uncommon(changed)));
        if (checkQuestDocument(changed).valid) valid += 1;
        else invalid += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(valid, invalid)).toBeGreaterThan(50);
  });
});
