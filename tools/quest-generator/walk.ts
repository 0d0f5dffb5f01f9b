import { Landmarks, type Landmark } from './landmarks.ts';
import { Random } from './random.ts';
import { createTerrain, type Terrain } from './terrain.ts';

/**
 * A walk over hills, one place each few seconds: it heads for a landmark, keeps its direction as walkers do, goes around steep ground
 * rather than over it, takes shorter steps where it climbs, and on reaching the landmark looks for the next. It ends at a landmark too.
 */

export interface WalkPlace {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** There when a landmark stands here. */
  readonly landmark?: Landmark;
}

/** Between one place and the next, on the map. On level ground 24 m are two seconds at 12 m/s. */
const STEP_METRES_MIN = 15;
const STEP_METRES_MAX = 27;
/** How far the slope ahead is judged. */
const LOOK_AHEAD_METRES = 60;
/** From here a landmark is in sight: the walker goes straight. */
const SIGHT_METRES = 90;
/** Ground for a walk: so that it comes back into known country now and then, but does not run in circles. */
const REACH_METRES_PER_ROOT_PLACE = 45;

/** A walk of `count` places, the first at the origin. */
export function walk(seed: number, count: number): WalkPlace[] {
  const terrain = createTerrain(seed);
  const random = new Random(seed);
  const reachMetres = Math.max(1_000, REACH_METRES_PER_ROOT_PLACE * Math.sqrt(count));
  const walker = new Walker(terrain, random, new Landmarks(terrain, random, reachMetres));
  while (walker.places.length < count) walker.goOn();
  return walker.endAt(count);
}

class Walker {
  readonly places: WalkPlace[] = [];
  private readonly terrain: Terrain;
  private readonly random: Random;
  private readonly landmarks: Landmarks;
  private x = 0;
  private y = 0;
  /** Where the walker looks; length 1. */
  private headX = 1;
  private headY = 0;
  private goal: Landmark;
  private whim = 0;
  private stepsToGoal = 0;

  constructor(terrain: Terrain, random: Random, landmarks: Landmarks) {
    this.terrain = terrain;
    this.random = random;
    this.landmarks = landmarks;
    this.places.push({ x: 0, y: 0, z: terrain.heightAt(0, 0) });
    this.goal = landmarks.choose(0, 0);
    this.lookAt(this.goal.x, this.goal.y);
  }

  /** One place more, or a few when the landmark is in sight. */
  goOn(): void {
    const metres = distance(this.goal.x - this.x, this.goal.y - this.y);
    if (metres < SIGHT_METRES) return this.goStraight(metres);
    const turn = this.chooseTurn(metres);
    [this.headX, this.headY] = turned(this.headX, this.headY, turn);
    const step = this.stepMetres();
    this.moveTo(this.x + this.headX * step, this.y + this.headY * step);
  }

  /** The first `count` places; the last of them is a landmark. */
  endAt(count: number): WalkPlace[] {
    const last = this.places[count - 1]!;
    const landmark = last.landmark ?? this.landmarks.nameAt(last.x, last.y);
    return [...this.places.slice(0, count - 1), { ...last, landmark }];
  }

  private goStraight(metres: number): void {
    const { goal } = this;
    const steps = Math.max(1, Math.ceil(metres / STEP_METRES_MAX));
    const fromX = this.x;
    const fromY = this.y;
    this.lookAt(goal.x, goal.y);
    for (let step = 1; step < steps; step++) {
      this.moveTo(fromX + ((goal.x - fromX) * step) / steps, fromY + ((goal.y - fromY) * step) / steps);
    }
    this.moveTo(goal.x, goal.y, goal);
    this.goal = this.landmarks.choose(goal.x, goal.y);
    this.stepsToGoal = 0;
  }

  /**
   * The turn that costs least: steep ground, turning and looking away from the goal each have their price. On top comes the whim of the
   * moment, which fades slowly: nobody walks a straight line.
   */
  private chooseTurn(goalMetres: number): number {
    const goalX = (this.goal.x - this.x) / goalMetres;
    const goalY = (this.goal.y - this.y) / goalMetres;
    this.whim = WHIM_KEPT * this.whim + this.random.between(-WHIM_NEW, WHIM_NEW);
    this.stepsToGoal += 1;
    const impatience = 1 + this.stepsToGoal / PATIENCE_STEPS;
    let best = 0;
    let bestCost = Infinity;
    for (const turn of TURNS) {
      const [headX, headY] = turned(this.headX, this.headY, turn);
      const slope = this.slopeAhead(headX, headY);
      const away = 1 - (headX * goalX + headY * goalY);
      const cost = SLOPE_PRICE * slope * slope + impatience * away + TURN_PRICE * turn * turn;
      if (cost >= bestCost) continue;
      best = turn;
      bestCost = cost;
    }
    return best + this.whim;
  }

  private stepMetres(): number {
    const climb = Math.min(1, Math.abs(this.slopeAhead(this.headX, this.headY)) / 0.3);
    return STEP_METRES_MAX - (STEP_METRES_MAX - STEP_METRES_MIN) * (0.7 * climb + 0.3 * this.random.fraction());
  }

  /** Metres up for each metre on, over the next few steps. */
  private slopeAhead(headX: number, headY: number): number {
    const ahead = LOOK_AHEAD_METRES;
    const here = this.terrain.heightAt(this.x, this.y);
    return (this.terrain.heightAt(this.x + headX * ahead, this.y + headY * ahead) - here) / ahead;
  }

  private lookAt(x: number, y: number): void {
    const metres = distance(x - this.x, y - this.y);
    this.headX = (x - this.x) / metres;
    this.headY = (y - this.y) / metres;
  }

  private moveTo(x: number, y: number, landmark?: Landmark): void {
    this.x = x;
    this.y = y;
    const place = { x, y, z: this.terrain.heightAt(x, y) };
    this.places.push(landmark === undefined ? place : { ...place, landmark });
    this.landmarks.noteWalked(x, y);
  }
}

/** After so many steps the goal counts double, and so on: steep ground can keep a walker circling only for a while. */
const PATIENCE_STEPS = 30;
/** Prices of a walk: a slope of 10 % costs as much as looking 45 degrees away from the goal. */
const SLOPE_PRICE = 30;
const TURN_PRICE = 1.5;
const WHIM_KEPT = 0.8;
const WHIM_NEW = 0.025;

/** Turns to weigh, as tangents of half the angle: up to 30 degrees to each side. */
const TURNS = [0, 0.04, -0.04, 0.09, -0.09, 0.14, -0.14, 0.2, -0.2, 0.27, -0.27];

/** The direction turned by the angle with that half tangent: exact arithmetic, and the length stays 1. */
function turned(x: number, y: number, halfTangent: number): [x: number, y: number] {
  const square = halfTangent * halfTangent;
  const cosine = (1 - square) / (1 + square);
  const sine = (2 * halfTangent) / (1 + square);
  return [x * cosine - y * sine, x * sine + y * cosine];
}

function distance(dx: number, dy: number): number {
  return Math.sqrt(dx * dx + dy * dy);
}
