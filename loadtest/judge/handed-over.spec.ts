import { simulatedRun } from '../testing/simulated-run.ts';
import { handedOver } from './handed-over.ts';

const measurement = simulatedRun({ games: 12, seconds: 20 }).instruments[0]!.measurement!;
const [first] = measurement.players;

describe('a measurement', () => {
  it('is taken as it was handed over', () => {
    expect(handedOver('k6', measurement)).toEqual({ instrument: 'k6', measurement, unreadable: null });
  });

  it.each([
    ['nothing', null, /^no measurement$/],
    ['text', 'PASS', /has version undefined, not 1/],
    ['of another version', { ...measurement, version: 2 }, /has version 2, not 1/],
    ['without its players', { ...measurement, players: undefined }, /\/players must be array|lacks the field players/],
    ['of more than there is', { ...measurement, playas: [] }, /\/playas is a field that nobody knows/],
    [
      'with text for a number',
      { ...measurement, players: [{ ...first!, framesDue: '133' }] },
      /\/players\/0\/framesDue must be number/,
    ],
    ['with a number that is none', { ...measurement, windowUntilMs: Number.NaN }, /\/windowUntilMs must be number/],
  ])('that is %s is no measurement, and says why', (_what, broken, says) => {
    const read = handedOver('k6', broken);
    expect(read.measurement).toBeNull();
    expect(read.unreadable).toMatch(says);
  });
});
