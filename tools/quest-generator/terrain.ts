import { mix } from './random.ts';

/**
 * Hills: a smooth height field over the whole plane, made of gradient noise in octaves (Perlin's, 1985, with his smoother fade of 2002). Only
 * addition, multiplication and rounding, which every machine does alike.
 */

const { floor } = Math;

export interface Terrain {
  /** Height in metres at x, y in metres. */
  heightAt(x: number, y: number): number;
}

/** Wavelength and height of each octave in metres: valleys, hills, banks. */
const OCTAVES: readonly (readonly [wavelength: number, height: number])[] = [
  [3_400, 190],
  [1_300, 60],
  [420, 14],
  [110, 2.2],
];

export function createTerrain(seed: number): Terrain {
  return {
    heightAt: (x, y) => {
      let height = 0;
      for (const [octave, [wavelength, metres]] of OCTAVES.entries()) {
        height += metres * noiseAt(x / wavelength, y / wavelength, mix(seed + octave));
      }
      return height;
    },
  };
}

/** Gradient noise: about -1 to 1, 0 at whole coordinates, smooth everywhere. */
function noiseAt(x: number, y: number, seed: number): number {
  const left = floor(x);
  const bottom = floor(y);
  const dx = x - left;
  const dy = y - bottom;
  const u = fade(dx);
  const v = fade(dy);
  const low = blend(slopeAt(left, bottom, dx, dy, seed), slopeAt(left + 1, bottom, dx - 1, dy, seed), u);
  const high = blend(
    slopeAt(left, bottom + 1, dx, dy - 1, seed),
    slopeAt(left + 1, bottom + 1, dx - 1, dy - 1, seed),
    u,
  );
  return blend(low, high, v) * 1.5;
}

/** What the slope of lattice point (column, row) contributes at distance (dx, dy) from it. */
function slopeAt(column: number, row: number, dx: number, dy: number, seed: number): number {
  const [gx, gy] = GRADIENTS[mix(seed ^ mix(column ^ mix(row))) & 7]!;
  return gx * dx + gy * dy;
}

const DIAGONAL = 0.7071;
const GRADIENTS: readonly (readonly [number, number])[] = [
  [1, 0],
  [DIAGONAL, DIAGONAL],
  [0, 1],
  [-DIAGONAL, DIAGONAL],
  [-1, 0],
  [-DIAGONAL, -DIAGONAL],
  [0, -1],
  [DIAGONAL, -DIAGONAL],
];

function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}

function blend(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
