import type { QuestColumns } from '../content/pack-quest.ts';
import type { QuestStats } from './quest-check.ts';

/** The figures of a quest, from its columns. */
export function statsOf(quest: QuestColumns): QuestStats {
  const { places, points, treasure, clues, waypointCount } = quest;
  let totalPoints = 0;
  let treasureCount = 0;
  let lengthMetres = 0;
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let index = 0; index < waypointCount; index++) {
    totalPoints += points[index]!;
    treasureCount += treasure[index]!;
    if (index > 0) lengthMetres += distanceMetres(places, index - 1, index);
    for (let axis = 0; axis < 3; axis++) {
      const coordinate = places[index * 4 + axis]!;
      if (coordinate < min[axis]!) min[axis] = coordinate;
      if (coordinate > max[axis]!) max[axis] = coordinate;
    }
  }
  const boundingBox = { min, max };
  return { waypointCount, treasureCount, clueCount: clues.size, totalPoints, lengthMetres, boundingBox };
}

/** Straight distance between waypoints `a` and `b` of the places column. */
export function distanceMetres(places: Float32Array, a: number, b: number): number {
  const dx = places[a * 4]! - places[b * 4]!;
  const dy = places[a * 4 + 1]! - places[b * 4 + 1]!;
  const dz = places[a * 4 + 2]! - places[b * 4 + 2]!;
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}
