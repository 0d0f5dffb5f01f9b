import { SeededRandom } from '@waymark/testing';

import { ClockOffset } from './clock-offset.ts';

describe('the clock offset', () => {
  it('LM2: is never wrong by more than it says, whatever the two ways of the trip take', () => {
    const random = new SeededRandom(20_261_123);
    for (let run = 0; run < 200; run++) {
      const clock = new ClockOffset();
      const truth = (random.fraction() - 0.5) * 1e6;
      let local = 1_795_435_200_000;
      for (let trip = 0; trip < 20; trip++) {
        const there = random.fraction() ** 3 * 200;
        const back = random.fraction() ** 3 * 200;
        clock.sample(local, local + there + truth, local + there + back);
        local += there + back;
        expect(Math.abs(clock.offsetMs - truth)).toBeLessThanOrEqual(clock.errorMs(local) + 1e-3);
        local += random.fraction() * 5_000;
      }
    }
  });

  it('LM2: keeps the tightest trip: a slow one in between changes nothing', () => {
    const clock = new ClockOffset();
    clock.sample(0, 1_001, 2);
    clock.sample(100, 1_190, 200);
    expect(clock.offsetMs).toBe(1_000);
    expect(clock.errorMs(2)).toBe(1);
  });

  it('LM2: the bound widens with age, so that a later trip can win over a tighter old one', () => {
    const clock = new ClockOffset();
    clock.sample(0, 1_001, 2);
    clock.sample(60_000, 61_010, 60_010);
    expect(clock.offsetMs).toBe(1_005);
    expect(clock.errorMs(60_010)).toBe(5);
  });

  it('a first message alone gives an offset of unknown error, and never replaces a trip', () => {
    const clock = new ClockOffset();
    clock.seed(5_000, 1_000);
    expect([clock.offsetMs, clock.errorMs(1_000)]).toEqual([4_000, Number.POSITIVE_INFINITY]);
    clock.sample(1_000, 5_001, 1_002);
    clock.seed(9_000, 1_000);
    expect(clock.offsetMs).toBe(4_000);
  });

  it('a clock that was set back during a trip gives no sample', () => {
    const clock = new ClockOffset();
    clock.sample(1_000, 5_000, 900);
    expect(clock.errorMs(1_000)).toBe(Number.POSITIVE_INFINITY);
  });
});
