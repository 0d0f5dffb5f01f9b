import fc from 'fast-check';
import { COORDINATE_ABS_MAX_M, WAYPOINTS_MAX } from '@waymark/base';
import { ReachBody } from '../dto/player-bodies.ts';
import { isReachBody } from './reach-body.ts';
import { checkBody } from './read-body.ts';

/** Values that JSON.parse can give, close to a good body, so that each rule is met from both sides. */
const edge = fc.constantFrom<unknown>(
  0,
  -0,
  1,
  -1,
  0.5,
  WAYPOINTS_MAX - 1,
  WAYPOINTS_MAX,
  COORDINATE_ABS_MAX_M,
  -COORDINATE_ABS_MAX_M,
  COORDINATE_ABS_MAX_M + 0.001,
  -COORDINATE_ABS_MAX_M - 0.001,
  1e300,
  '0',
  '',
  true,
  null,
  [],
  {},
  [1],
);
const coordinate = fc.double({ noNaN: true, min: -COORDINATE_ABS_MAX_M, max: COORDINATE_ABS_MAX_M });
const place = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(coordinate, coordinate, coordinate) },
  { weight: 2, arbitrary: fc.tuple(coordinate, fc.oneof(coordinate, edge), fc.oneof(coordinate, edge)) },
  { weight: 2, arbitrary: fc.array(edge, { maxLength: 5 }) },
  { weight: 1, arbitrary: edge },
);
const body = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      { waypoint: fc.oneof(fc.integer({ min: -1, max: WAYPOINTS_MAX }), fc.nat(20), edge), at: place },
      { requiredKeys: [] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ waypoint: fc.constant(1), at: place, extra: edge }) },
  {
    weight: 1,
    arbitrary: fc.record(
      { waypoint: fc.constant(1), at: fc.constant([0, 0, 0]), constructor: edge, toString: edge },
      { requiredKeys: ['waypoint', 'at'] },
    ),
  },
  { weight: 1, arbitrary: fc.oneof(edge, fc.jsonValue()) },
);

describe('the hand-written check of a reach', () => {
  it('takes exactly what class-validator takes', () => {
    let good = 0;
    fc.assert(
      fc.property(body, (value) => {
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        const takenByHand = isReachBody(json);
        expect(takenByHand).toBe(checkBody(ReachBody, json).remarks.length === 0);
        if (takenByHand) good += 1;
      }),
      { numRuns: 5_000 },
    );
    expect(good).toBeGreaterThan(200);
  });
});
