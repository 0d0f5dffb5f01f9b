import type { Random } from './random.ts';
import type { Terrain } from './terrain.ts';

/**
 * The places a walk leads to. From where the walker stands some places around are looked at, and the one that stands out most (a top, a
 * hollow, a spur) and has been walked around least is chosen; it gets a name and, once reached, a clue.
 */

export interface Landmark {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly kind: LandmarkKind;
  readonly name: string;
}

export type LandmarkKind = 'top' | 'hollow' | 'spur' | 'slope';

const LOOKED_AT = 24;
const NEAR_METRES = 350;
const FAR_METRES = 1_000;
/** Around a place, for telling whether it stands out. */
const SURROUNDINGS_METRES = 120;
/** Side of the squares in which walked ground is counted. */
const SQUARE_METRES = 250;

export class Landmarks {
  private readonly terrain: Terrain;
  private readonly random: Random;
  private readonly reachMetres: number;
  private readonly walkedSquares = new Map<string, number>();
  private readonly names = new Set<string>();

  /** `reachMetres`: how far from the origin a landmark may lie. */
  constructor(terrain: Terrain, random: Random, reachMetres: number) {
    this.terrain = terrain;
    this.random = random;
    this.reachMetres = reachMetres;
  }

  noteWalked(x: number, y: number): void {
    const square = squareOf(x, y);
    this.walkedSquares.set(square, (this.walkedSquares.get(square) ?? 0) + 1);
  }

  /** The next landmark for a walker at x, y. */
  choose(x: number, y: number): Landmark {
    let best = this.near(x, y);
    let bestScore = this.score(best);
    for (let look = 1; look < LOOKED_AT; look++) {
      const place = this.near(x, y);
      const score = this.score(place);
      if (score <= bestScore) continue;
      best = place;
      bestScore = score;
    }
    return this.nameAt(best.x, best.y);
  }

  /** Whatever is at x, y, as a landmark. */
  nameAt(x: number, y: number): Landmark {
    const z = this.terrain.heightAt(x, y);
    const kind = this.kindAt(x, y);
    return { x, y, z, kind, name: this.freshName(kind) };
  }

  /** A place at a walk's distance, towards the middle when the walker is near the edge. */
  private near(x: number, y: number): { x: number; y: number } {
    for (let tries = 0; ; tries++) {
      const dx = this.random.between(-FAR_METRES, FAR_METRES);
      const dy = this.random.between(-FAR_METRES, FAR_METRES);
      const metres = Math.sqrt(dx * dx + dy * dy);
      if (metres < NEAR_METRES || metres > FAR_METRES) continue;
      const place = { x: x + dx, y: y + dy };
      const fromMiddle = Math.sqrt(place.x * place.x + place.y * place.y);
      if (fromMiddle <= this.reachMetres || tries > 200) return place;
    }
  }

  private score({ x, y }: { readonly x: number; readonly y: number }): number {
    const standsOut = Math.abs(this.prominenceAt(x, y));
    return standsOut - 0.4 * (this.walkedSquares.get(squareOf(x, y)) ?? 0);
  }

  /** Metres above the mean of the surroundings. */
  private prominenceAt(x: number, y: number): number {
    let around = 0;
    for (const [dx, dy] of AROUND) around += this.terrain.heightAt(x + dx, y + dy);
    return this.terrain.heightAt(x, y) - around / AROUND.length;
  }

  private kindAt(x: number, y: number): LandmarkKind {
    const prominence = this.prominenceAt(x, y);
    const height = this.terrain.heightAt(x, y);
    const lower = AROUND.filter(([dx, dy]) => this.terrain.heightAt(x + dx, y + dy) < height).length;
    if (lower === AROUND.length) return 'top';
    if (lower <= 1) return 'hollow';
    return prominence > 4 ? 'spur' : 'slope';
  }

  private freshName(kind: LandmarkKind): string {
    for (;;) {
      const name = `${this.random.pick(ADJECTIVES)} ${this.random.pick(THINGS[kind])}`;
      // Past some 250 landmarks names come again, as they do on any long walk.
      if (this.names.has(name) && this.names.size < NAMES_MAX) continue;
      this.names.add(name);
      return name;
    }
  }
}

const AROUND: readonly (readonly [number, number])[] = [
  [SURROUNDINGS_METRES, 0],
  [85, 85],
  [0, SURROUNDINGS_METRES],
  [-85, 85],
  [-SURROUNDINGS_METRES, 0],
  [-85, -85],
  [0, -SURROUNDINGS_METRES],
  [85, -85],
];

const ADJECTIVES: readonly string[] = [
  ...['Crooked', 'Grey', 'Split', 'Lonely', 'Whispering', 'Mossy', 'Sunken', 'Leaning', 'Forgotten', 'Copper', 'Long'],
  ...['Bramble', 'Fox', 'Raven', 'Heron', 'Adder', 'Badger', 'Winter', 'Midsummer', 'Candlemas', 'Thunder', 'Honey'],
  ...[
    'Miller’s',
    'Pilgrim’s',
    'Smuggler’s',
    'Tinker’s',
    'Widow’s',
    'Bishop’s',
    'Drover’s',
    'Piper’s',
    'Giant’s',
    'Nun’s',
  ],
  ...['White', 'Black', 'Red', 'Silver', 'Broken', 'Sleeping', 'Singing', 'Twisted', 'Nameless', 'Fallen'],
];

const THINGS: Readonly<Record<LandmarkKind, readonly string[]>> = {
  top: ['Cairn', 'Beacon', 'Pine', 'Trig Stone', 'Watchtower', 'Gallows Oak', 'Barrow'],
  hollow: ['Pond', 'Well', 'Sheepfold', 'Marl Pit', 'Alder Carr', 'Mill Race', 'Ford'],
  spur: ['Crag', 'Pulpit', 'Chapel', 'Hermitage', 'Bench', 'Wayside Cross', 'Lookout'],
  slope: ['Spring', 'Boulder', 'Charcoal Hearth', 'Orchard', 'Shepherd’s Hut', 'Lime Kiln', 'Hawthorn'],
};

/** Below the number of names of any one kind, so that a fresh one is always to be found. */
const NAMES_MAX = ADJECTIVES.length * 6;

function squareOf(x: number, y: number): string {
  return `${Math.floor(x / SQUARE_METRES)},${Math.floor(y / SQUARE_METRES)}`;
}
