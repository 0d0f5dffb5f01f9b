import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('the virtual clock', () => {
  it('fires timers in the order in which they are due, each at its own time, and those they set', async () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name} ${clock.now()}`);
    clock.setTimeout(note('b'), 20);
    clock.setTimeout(note('c'), 20);
    clock.setTimeout(() => clock.setTimeout(note('nested'), 5), 10);
    clock.clearTimeout(clock.setTimeout(note('never'), 15));
    await clock.advance(19);
    expect(fired).toEqual(['nested 15']);
    expect(clock.nextInMs).toBe(1);
    await clock.advance(100);
    expect(fired).toEqual(['nested 15', 'b 20', 'c 20']);
    expect([clock.now(), clock.pendingTimers, clock.nextInMs]).toEqual([119, 0, null]);
  });

  it('lets promises settle between timers', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, ms));
    const walk = async (): Promise<void> => {
      for (let step = 0; step < 3; step++) {
        await wait(10);
        seen.push(clock.now());
      }
    };
    const walking = walk();
    await clock.advance(30);
    await walking;
    expect(seen).toEqual([10, 20, 30]);
  });

  it('a jump fires nothing by itself', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    clock.setTimeout(() => (fired = true), 10);
    clock.jump(50);
    expect(fired).toBe(false);
    await clock.advance(0);
    expect([fired, clock.now()]).toEqual([true, 50]);
  });
});

describe('seeded random', () => {
  it('repeats itself for a seed, and only for that seed', () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 20 }, () => random.fraction());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    for (const fraction of draw(3)) expect(fraction >= 0 && fraction < 1).toBe(true);
  });

  it('spreads evenly enough for tests', () => {
    const random = new SeededRandom(5);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) buckets[random.integer(10)]! += 1;
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('makes UUIDs of version 4', () => {
    expect(new SeededRandom(9).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
