import { WAYPOINT_PACKED_BYTES } from '@waymark/base';
import type { CompiledQuest, QuestContent } from '@waymark/domain';
import { encodeBase64 } from './base64.ts';

/** A quest as flat columns, before it has a hash. */
export type QuestColumns = Omit<CompiledQuest, 'contentHash'>;

/** The columns as they are kept in events; `compileQuest` undoes it. */
export function packQuest(quest: QuestColumns): QuestContent {
  const { title, description, order, limits, waypointCount } = quest;
  return {
    title,
    description,
    order,
    limits,
    waypointCount,
    places: encodeBase64(packPlaces(quest.places)),
    points: encodeBase64(packPoints(quest.points)),
    treasures: indicesOfOnes(quest.treasure),
    clues: inOrder(quest.clues),
  };
}

/** x, y, z, radius of each waypoint as float32 little endian, whatever the machine's own order. */
function packPlaces(places: Float32Array): Uint8Array {
  const bytes = new Uint8Array((places.length / 4) * WAYPOINT_PACKED_BYTES);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < places.length; index++) view.setFloat32(index * 4, places[index]!, true);
  return bytes;
}

function packPoints(points: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(points.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < points.length; index++) view.setUint16(index * 2, points[index]!, true);
  return bytes;
}

function indicesOfOnes(column: Uint8Array): number[] {
  const indices: number[] = [];
  for (let index = 0; index < column.length; index++) if (column[index] === 1) indices.push(index);
  return indices;
}

/** Readers fill the map in order, so that it seldom needs sorting. */
function inOrder(clues: ReadonlyMap<number, string>): (readonly [number, string])[] {
  const pairs: (readonly [number, string])[] = [];
  let last = -1;
  let isAscending = true;
  for (const pair of clues) {
    isAscending &&= pair[0] > last;
    last = pair[0];
    pairs.push(pair);
  }
  return isAscending ? pairs : pairs.sort((a, b) => a[0] - b[0]);
}
