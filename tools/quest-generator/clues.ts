import type { Landmark, LandmarkKind } from './landmarks.ts';
import type { Random } from './random.ts';

/** Words for the landmarks of a walk: where one lies as seen from the one before, and what is to be seen there. */

export function clueFor(landmark: Landmark, before: Landmark | undefined, random: Random): string {
  const sight = random.pick(SIGHTS[landmark.kind]);
  if (before === undefined) return `${sight} ${random.pick(FIRST_WORDS)} the ${landmark.name}.`;
  const climb = landmark.z - before.z;
  const way =
    Math.abs(climb) < 8 ? 'on the level' : climb > 0 ? `${rounded(climb, 5)} m up` : `${rounded(-climb, 5)} m down`;
  const metres = Math.sqrt((landmark.x - before.x) ** 2 + (landmark.y - before.y) ** 2);
  const direction = compass(landmark.x - before.x, landmark.y - before.y);
  const bearing = random.pick([
    `${direction} of the ${before.name}, some ${rounded(metres, 50)} m and ${way}:`,
    `Leave the ${before.name} to the ${direction.toLowerCase()}, ${way};`,
    `With the ${before.name} at your back, ${rounded(metres, 50)} m ${direction.toLowerCase()} and ${way}:`,
  ]);
  return `${bearing} the ${landmark.name}. ${sight}`;
}

export function treasureClue(landmark: Landmark): string {
  return `The map ends at the ${landmark.name}. Dig where no grass grows.`;
}

const FIRST_WORDS = ['Begin by finding', 'The hunt begins at', 'First of all, seek'];

const SIGHTS: Readonly<Record<LandmarkKind, readonly string[]>> = {
  top: [
    'Nothing here stands higher.',
    'You see every valley you came through.',
    'The wind has the last word here.',
    'On a clear day the sea is a thin bright line.',
  ],
  hollow: [
    'Water finds this place, and so should you.',
    'The ground is soft; someone has been here before.',
    'Even the wind climbs down to drink.',
    'Listen for frogs.',
  ],
  spur: [
    'The ground falls away on three sides.',
    'A voice from here carries across the valley.',
    'Someone carved an arrow; do not trust it.',
    'Swifts circle below your feet.',
  ],
  slope: [
    'The path bends here, as if it had remembered something.',
    'Count seven stones in the wall.',
    'The bark is worn smooth at the height of a hand.',
    'Smoke once rose here every autumn.',
  ],
};

/** x is east, y is north. */
function compass(dx: number, dy: number): string {
  const tangent = 0.4142;
  const northSouth = dy > 0 ? 'North' : 'South';
  const eastWest = dx > 0 ? 'East' : 'West';
  if (Math.abs(dx) < tangent * Math.abs(dy)) return northSouth;
  if (Math.abs(dy) < tangent * Math.abs(dx)) return eastWest;
  return `${northSouth}-${eastWest.toLowerCase()}`;
}

function rounded(metres: number, to: number): number {
  return Math.round(metres / to) * to;
}
