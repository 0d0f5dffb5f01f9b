/**
 * Student's t for whole degrees of freedom, by the finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
const { atan, cos, PI, sin, sqrt } = Math;

/** The t that |T| stays below with the probability `confidence`. */
export function studentQuantile(confidence: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (within(high, freedom) < confidence) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (within(middle, freedom) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of |T| <= t. */
function within(t: number, freedom: number): number {
  const angle = atan(t / sqrt(freedom));
  const odd = freedom % 2 === 1;
  let term = odd ? cos(angle) : 1;
  let sum = 0;
  // The exponents of the cosine go up to freedom - 2, by twos.
  for (let exponent = odd ? 1 : 0; exponent <= freedom - 2; exponent += 2) {
    sum += term;
    term *= ((exponent + 1) / (exponent + 2)) * cos(angle) ** 2;
  }
  return odd ? (2 / PI) * (angle + sin(angle) * sum) : sin(angle) * sum;
}
