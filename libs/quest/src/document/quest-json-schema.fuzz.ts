import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';

import { checkQuestDocument } from './check-quest-document.ts';
import { questJsonSchema } from './quest-json-schema.ts';

/** The schema for editors against the check of the command app. Printed on failure: the seed and the smallest case. */
fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 20_261_123) });

const matchesSchema = new Ajv2020({ strict: true, strictRequired: false }).compile(questJsonSchema);

/** Values at and around every limit, of every type. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    ' \ufeff\n',
    'x',
    'free',
    [],
    {},
    [0, 0, 0],
    [0, 0],
    -1,
    0,
    0.05,
    0.1,
    0.5,
    1,
    1.5,
  ),
  fc.constantFrom<unknown>(64, 65, 1000, 1000.5, 10_000, 10_001, 100_000, -100_000.5, 604_800, 604_801, { radius: 1 }),
  fc.constantFrom(200, 201, 500, 501, 4000, 4001).map((chars) => '🧭'.repeat(chars)),
);
const maybeOdd = (good: unknown): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: odd });
const fields = (good: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> =>
  fc.record(
    Object.fromEntries([
      ...Object.entries(good).map(([name, value]) => [name, maybeOdd(value)]),
      ['odd', fc.constant(1)],
    ]),
    { requiredKeys: [] },
  );
const withoutOdd = (value: unknown, keep: boolean): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { odd: extra, ...rest } = value as { odd?: unknown };
  return keep && extra !== undefined ? { ...rest, odd: extra } : rest;
};
const place = fc.tuple(maybeOdd(1), maybeOdd(-2.5), maybeOdd(0));
const waypoint = fc
  .tuple(place, fields({ radius: 3, points: 4, clue: 'c', treasure: true }), fc.nat({ max: 30 }))
  .map(([at, rest, dice]) => (dice < 2 ? rest : { at, ...(withoutOdd(rest, dice === 3) as object) }));
const document = fc
  .tuple(
    fields({ $schema: 's', title: 'T', description: 'D', order: 'free' }),
    fields({ radius: 2, points: 3 }),
    fields({ maxSpeed: 5, durationSeconds: 60, maxPlayers: 2 }),
    fc.array(fc.oneof(place, waypoint), { maxLength: 2 }),
    fc.nat({ max: 40 }),
  )
  .map(([top, defaults, limits, waypoints, dice]) => ({
    title: 'T',
    ...(withoutOdd(top, dice === 0) as object),
    defaults: withoutOdd(defaults, dice === 1),
    limits: withoutOdd(limits, dice === 2),
    ...(dice === 3 ? {} : { waypoints }),
  }));

describe('the JSON Schema of a quest', () => {
  it('takes what the check takes and refuses what it refuses', () => {
    let valid = 0;
    fc.assert(
      fc.property(document, (authored) => {
        const { valid: isValid, errors } = checkQuestDocument(JSON.stringify(authored));
        expect([matchesSchema(authored), errors]).toEqual([isValid, errors]);
        if (isValid) valid += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(valid).toBeGreaterThan(200);
    expect(valid).toBeLessThan(1_800);
  });

  it('is the committed docs/quest.schema.json', () => {
    const file = new URL('../../../../docs/quest.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(questJsonSchema);
  });
});
