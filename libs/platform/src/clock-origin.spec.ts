import { SeededRandom } from '@waymark/testing';
import { clockOrigin } from './clock-origin.ts';

/** Clocks that run together, `origin` apart; each reading takes some time, and now and then the process is off the CPU before it. */
function clocks(seed: number, origin: number, interruptedShare: number) {
  const random = new SeededRandom(seed);
  let now = 5 + random.fraction();
  const pass = (): number => {
    now += 0.0005 + random.fraction() * 0.001;
    if (random.fraction() < interruptedShare) now += random.fraction() * 4;
    return now;
  };
  return { monotonic: pass, wall: () => Math.floor(origin + pass()) };
}

describe('the origin of the clock', () => {
  const origin = 1_700_000_000_000.37;

  it.each([1, 2, 3, 4, 5])('is found within a hundredth of a millisecond (seed %i)', (seed) => {
    expect(Math.abs(clockOrigin(clocks(seed, origin, 0)) - origin)).toBeLessThan(0.01);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is not moved by a process that is interrupted all the time (seed %i)', (seed) => {
    expect(Math.abs(clockOrigin(clocks(seed, origin, 0.02)) - origin)).toBeLessThan(0.2);
  });

  it('is given within 20 ms, however coarse the clocks are', () => {
    let now = 0;
    const coarse = { monotonic: () => (now += 0.5), wall: () => Math.floor(1_000 + now) };
    const found = clockOrigin(coarse);
    expect(now).toBeLessThan(25);
    expect(Math.abs(found - 1_000)).toBeLessThan(1);
  });
});
