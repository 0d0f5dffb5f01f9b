import { Random } from '../../tools/quest-generator/random.ts';
import { loadSla } from '../sla/load-sla.ts';
import { ratioInterval } from './bootstrap.ts';
import { confidenceOfEach, decisionOf } from './compare.ts';
import { COMPARED } from './figures.ts';
import { studentQuantile } from './student.ts';

const sla = loadSla();
const { cos, exp, log, sqrt } = Math;

function normal(random: Random): number {
  return sqrt(-2 * log(1 - random.fraction())) * cos(6.283185307179586 * random.fraction());
}

interface Noise {
  /** Of the machine, the same for both runs of a pair: logarithm's deviation. */
  readonly drift: number;
  /** Of each run. */
  readonly run: number;
  /** Share of runs that something held up, by a factor of 1.5 to 3. */
  readonly spikes: number;
}

function run(random: Random, drift: number, noise: Noise): number {
  const spike = random.fraction() < noise.spikes ? random.between(1.5, 3) : 1;
  return 5 * exp(drift + noise.run * normal(random)) * spike;
}

/** Whether a comparison of all figures finds one worse, that in truth is `shift` times as large in the new commit. */
function findsRegression(
  random: Random,
  pairs: number,
  shift: number,
  noise: Noise,
  seed: number,
  figures = COMPARED.length,
): boolean {
  return COMPARED.slice(0, figures).some((_, index) => {
    const ratios = Array.from({ length: pairs }, () => {
      const drift = noise.drift * normal(random);
      return (shift * run(random, drift, noise)) / run(random, drift, noise);
    });
    const interval = ratioInterval(ratios, confidenceOfEach(sla), seed + index);
    return decisionOf(interval, sla.baseline.regressionMin) === 'worse';
  });
}

/** What the machine does to one run after another: the logarithm of a factor, of which `kept` stays from run to run. */
function minutes(random: Random, { deviation, kept }: { readonly deviation: number; readonly kept: number }) {
  let state = deviation * normal(random);
  return (): number => (state = kept * state + sqrt(1 - kept ** 2) * deviation * normal(random));
}

/** Five pairs in the order base, new, new, base, in which the lags of a run are all up or down together. */
function findsInMinutes(machine: () => number, shift: number, seed: number): boolean {
  const ratios = Array.from({ length: 5 }, (_, pair) => {
    const [first, then] = [exp(machine()), exp(machine())];
    return pair % 2 === 0 ? (shift * then) / first : (shift * first) / then;
  });
  const interval = ratioInterval(ratios, confidenceOfEach(sla), seed);
  return decisionOf(interval, sla.baseline.regressionMin) === 'worse';
}

function share(times: number, of: (random: Random, seed: number) => boolean): number {
  const random = new Random(20_260_102);
  let found = 0;
  for (let time = 0; time < times; time++) if (of(random, time)) found += 1;
  return found / times;
}

describe("Student's t", () => {
  it.each([
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 4, 2.776],
    [0.99, 5, 4.032],
    [0.99, 9, 3.25],
    [0.95, 30, 2.042],
  ])('has the quantiles of the tables: %s, %s', (confidence, freedom, t) => {
    expect(studentQuantile(confidence, freedom)).toBeCloseTo(t, 3);
  });
});

describe('the interval of paired ratios', () => {
  it('has the geometric mean in the middle and is the same for the same seed', () => {
    const interval = ratioInterval([0.5, 2, 1, 1.25, 0.8], 0.95, 7);
    expect(interval.ratio).toBeCloseTo(1);
    expect(interval.low).toBeLessThan(1);
    expect(interval.high).toBeGreaterThan(1);
    expect(ratioInterval([0.5, 2, 1, 1.25, 0.8], 0.95, 7)).toEqual(interval);
  });

  it('has no width when all pairs agree', () => {
    const { high, low, ratio } = ratioInterval([1.2, 1.2, 1.2], 0.99, 1);
    expect([low, ratio, high].map((each) => each.toFixed(9))).toEqual(['1.200000000', '1.200000000', '1.200000000']);
  });

  it('holds the truth about as often as it claims to, for twenty pairs', () => {
    const covered = share(300, (random, seed) => {
      const ratios = Array.from({ length: 20 }, () => exp(0.1 * normal(random)));
      const { high, low } = ratioInterval(ratios, 0.95, seed);
      return low <= 1 && high >= 1;
    });
    expect(covered).toBeGreaterThan(0.9);
    expect(covered).toBeLessThan(0.99);
  });

  it.each([
    ['a quiet machine', { drift: 0.05, run: 0.03, spikes: 0 }],
    ['a machine that drifts', { drift: 0.4, run: 0.08, spikes: 0 }],
    ['a shared machine with spikes', { drift: 0.3, run: 0.1, spikes: 0.1 }],
    ['a very noisy one', { drift: 0.3, run: 0.3, spikes: 0.1 }],
  ])('finds next to no regression where there is none, in 200 comparisons on %s', (_what, noise) => {
    expect(share(200, (random, seed) => findsRegression(random, 5, 1, noise, seed))).toBeLessThanOrEqual(0.02);
  });

  it('is fooled by noise that comes in minutes and meets all figures alike, and not twice over (confirm.ts)', () => {
    const looks = (random: Random, seed: number, times: number): boolean => {
      const machine = minutes(random, { deviation: 0.5, kept: 0.7 });
      return Array.from({ length: times }, () => findsInMinutes(machine, 1, seed)).every(Boolean);
    };
    expect(share(1_000, (random, seed) => looks(random, seed, 1))).toBeLessThan(0.03);
    expect(share(1_000, (random, seed) => looks(random, seed, 2))).toBeLessThanOrEqual(0.002);
  });

  it('finds a quarter more in everything twice over, with five pairs each on a machine that drifts', () => {
    const noise = { drift: 0.3, run: 0.04, spikes: 0 };
    const twice = (random: Random, seed: number): boolean =>
      findsRegression(random, 5, 1.25, noise, seed) && findsRegression(random, 5, 1.25, noise, seed + 1_000);
    expect(share(100, twice)).toBeGreaterThanOrEqual(0.9);
  });

  it('finds a quarter more in everything, with five pairs on a machine that drifts', () => {
    const noise = { drift: 0.3, run: 0.04, spikes: 0 };
    expect(share(100, (random, seed) => findsRegression(random, 5, 1.25, noise, seed))).toBeGreaterThanOrEqual(0.95);
  });

  it('finds a quarter more in a single figure, with ten pairs on the same machine', () => {
    const noise = { drift: 0.3, run: 0.04, spikes: 0 };
    expect(share(100, (random, seed) => findsRegression(random, 10, 1.25, noise, seed, 1))).toBeGreaterThanOrEqual(
      0.95,
    );
  });

  it('says of +5 % that it is no regression that matters', () => {
    const noise = { drift: 0.3, run: 0.02, spikes: 0 };
    expect(share(100, (random, seed) => findsRegression(random, 5, 1.05, noise, seed))).toBe(0);
  });
});
