import { assert, WAYPOINT_PACKED_BYTES, WAYPOINTS_MAX } from '@waymark/base';
import type { CompiledQuest, QuestContent } from '@waymark/domain';
import { decodeBase64 } from './base64.ts';

/**
 * Unpacks a published quest into the flat columns that all its games share. The content comes from Waymark's own log, so anything
 * that does not fit together is a broken invariant, not an author's mistake. Nobody writes to the columns afterwards.
 */
export function compileQuest(content: QuestContent, contentHash: string): CompiledQuest {
  const { title, description, order, limits, waypointCount } = content;
  assert(waypointCount > 0 && waypointCount <= WAYPOINTS_MAX, 'a stored quest has 1 to WAYPOINTS_MAX waypoints');
  const placeBytes = decodeBase64(content.places);
  const pointBytes = decodeBase64(content.points);
  assert(placeBytes.length === waypointCount * WAYPOINT_PACKED_BYTES, 'a stored quest has a place for each waypoint');
  assert(pointBytes.length === waypointCount * 2, 'a stored quest has points for each waypoint');

  const places = new Float32Array(waypointCount * 4);
  const placeView = new DataView(placeBytes.buffer);
  for (let index = 0; index < places.length; index++) places[index] = placeView.getFloat32(index * 4, true);
  const points = new Uint16Array(waypointCount);
  const pointView = new DataView(pointBytes.buffer);
  for (let index = 0; index < waypointCount; index++) points[index] = pointView.getUint16(index * 2, true);

  const treasure = new Uint8Array(waypointCount);
  for (const index of content.treasures) {
    assert(index >= 0 && index < waypointCount, 'a stored treasure is a waypoint of its quest');
    treasure[index] = 1;
  }
  const clues = new Map<number, string>(content.clues);
  return { title, description, order, limits, waypointCount, places, points, treasure, clues, contentHash };
}
