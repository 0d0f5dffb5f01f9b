import { Random } from '../../tools/quest-generator/random.ts';
import { studentQuantile } from './student.ts';

/**
 * How much slower B is than A, by pairs of runs that were made one after the other on one machine: what the machine did to both cancels out of
 * their ratio. A factor of two is as far as a half, so it is the logarithms that are averaged. The interval is the percentile bootstrap of
 * their mean (Efron, Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13), and at least Student's: of five pairs on a noisy machine
 * the bootstrap alone is too narrow, and found a regression in 17 of 100 comparisons of a commit with itself (bootstrap.spec.ts, "a
 * very noisy one"); with Student's, in less than one.
 */
export interface RatioInterval {
  /** Geometric mean of the ratios B / A. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** With the confidence shared among eight figures, 12 of them lie beyond each bound. */
const RESAMPLES = 4_000;
const { ceil, exp, floor, log, max, min, sqrt } = Math;

/** `ratios` are above zero and at least two. The same seed gives the same interval. */
export function ratioInterval(ratios: readonly number[], confidence: number, seed: number): RatioInterval {
  const logs = ratios.map((ratio) => log(ratio));
  const random = new Random(seed);
  const means = new Float64Array(RESAMPLES);
  for (let sample = 0; sample < RESAMPLES; sample++) {
    let sum = 0;
    for (let n = 0; n < logs.length; n++) sum += logs[floor(random.fraction() * logs.length)]!;
    means[sample] = sum / logs.length;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  const at = (quantile: number): number => exp(means[ceil(quantile * RESAMPLES) - 1]!);
  const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (logs.length - 1);
  const student = studentQuantile(confidence, logs.length - 1) * sqrt(variance / logs.length);
  return { ratio: exp(mean), low: min(at(tail), exp(mean - student)), high: max(at(1 - tail), exp(mean + student)) };
}
