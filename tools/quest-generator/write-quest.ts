import { DURATION_SECONDS_MAX, MAX_SPEED_DEFAULT_M_PER_S } from '@waymark/base';
import { clueFor, treasureClue } from './clues.ts';
import type { Landmark } from './landmarks.ts';
import { Random } from './random.ts';
import { walk, type WalkPlace } from './walk.ts';

/**
 * A walk as a quest document: most waypoints bare places, landmarks with a clue and more points, the last one the treasure. One waypoint a
 * line and coordinates to the centimetre, so that the file is small and a change in it can be read.
 */

const RADIUS_M = 5;
const POINTS = 10;
const LANDMARK_POINTS = 50;
const TREASURE_POINTS = 1_000;
/** A game lasts so many times what the way takes at full speed. */
const SLACK = 1.5;

/** The text of the document; the same for the same seed and count. */
export function generateQuest(seed: number, waypointCount: number): string {
  const places = walk(seed, waypointCount);
  const random = new Random(seed ^ 0x5eed);
  const metres = lengthMetres(places);
  const seconds = Math.ceil((metres / MAX_SPEED_DEFAULT_M_PER_S) * SLACK);
  const landmarkCount = places.filter((place) => place.landmark !== undefined).length;
  const head = {
    title: `${random.pick(BEGINNINGS)} ${places.at(-1)!.landmark!.name}`,
    description:
      `A walk of ${(metres / 1000).toFixed(1)} km over hills, with ${landmarkCount} landmarks and ${waypointCount} waypoints. ` +
      `Made by tools/quest-generator --seed ${seed} --waypoints ${waypointCount}.`,
    order: 'sequential',
    defaults: { radius: RADIUS_M, points: POINTS },
    limits: {
      maxSpeed: MAX_SPEED_DEFAULT_M_PER_S,
      durationSeconds: Math.min(DURATION_SECONDS_MAX, Math.ceil(seconds / 600) * 600),
      maxPlayers: 8,
    },
  };
  const fields = Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const lines = waypointLines(places, random);
  return `{\n${fields.join('')}"waypoints": [\n${lines.join(',\n')}\n]\n}\n`;
}

const BEGINNINGS = [
  'The Long Way to the',
  'In Search of the',
  'What Lies Under the',
  'The Secret of the',
  'By Hill and Hollow to the',
];

function waypointLines(places: readonly WalkPlace[], random: Random): string[] {
  let before: Landmark | undefined;
  return places.map((place, index) => {
    const at = [place.x, place.y, place.z].map(toCentimetre);
    const { landmark } = place;
    if (landmark === undefined) return JSON.stringify(at);
    if (index === places.length - 1) {
      return JSON.stringify({ at, points: TREASURE_POINTS, clue: treasureClue(landmark), treasure: true });
    }
    const clue = clueFor(landmark, before, random);
    before = landmark;
    return JSON.stringify({ at, points: LANDMARK_POINTS, clue });
  });
}

function lengthMetres(places: readonly WalkPlace[]): number {
  let metres = 0;
  for (let index = 1; index < places.length; index++) {
    const [from, to] = [places[index - 1]!, places[index]!];
    metres += Math.sqrt((to.x - from.x) ** 2 + (to.y - from.y) ** 2 + (to.z - from.z) ** 2);
  }
  return metres;
}

/** -0 would be written as 0 and then compare as a change. */
function toCentimetre(metres: number): number {
  return Math.round(metres * 100) / 100 + 0;
}
