import type { QuestColumns } from '../content/pack-quest.ts';
import { jsonTextBytes } from '../content/utf8.ts';
import { CLUE_ENTRY_BYTES } from './quest-rules.ts';

/** Stands for the default until it is known: the defaults may follow the waypoints in a document. Past POINTS_MAX. */
const POINTS_OF_DEFAULTS = 0xffff;

/** The waypoints of a document while they are read: columns with room for so many, filled from index 0. Checks nothing. */
export class WaypointColumns {
  /** What all clues together take of CLUES_BYTES_MAX. */
  cluesBytes = 0;
  private readonly places: Float32Array;
  private readonly points: Uint16Array;
  private readonly treasure: Uint8Array;
  private readonly clues = new Map<number, string>();

  constructor(capacity: number) {
    this.places = new Float32Array(capacity * 4);
    this.points = new Uint16Array(capacity).fill(POINTS_OF_DEFAULTS);
    this.treasure = new Uint8Array(capacity);
  }

  /** Adding 0 makes -0 into +0: the same place has the same bytes, and with them the same content hash. */
  setCoordinate(index: number, axis: number, metres: number): void {
    this.places[index * 4 + axis] = Math.fround(metres) + 0;
  }

  /** 0 stands for the default. */
  setRadius(index: number, metres: number): void {
    this.places[index * 4 + 3] = metres;
  }

  setPoints(index: number, points: number): void {
    this.points[index] = points;
  }

  setTreasure(index: number, isTreasure: boolean): void {
    this.treasure[index] = isTreasure ? 1 : 0;
  }

  setClue(index: number, clue: string): void {
    this.clues.set(index, clue);
    this.cluesBytes += jsonTextBytes(clue) + CLUE_ENTRY_BYTES;
  }

  /** The first `count` waypoints, with the defaults where nothing else was said. */
  finish(
    count: number,
    defaults: { readonly radius: number; readonly points: number },
  ): Pick<QuestColumns, 'waypointCount' | 'places' | 'points' | 'treasure' | 'clues'> {
    const places = this.places.slice(0, count * 4);
    const points = this.points.slice(0, count);
    for (let index = 0; index < count; index++) {
      if (places[index * 4 + 3] === 0) places[index * 4 + 3] = defaults.radius;
      if (points[index] === POINTS_OF_DEFAULTS) points[index] = defaults.points;
    }
    return { waypointCount: count, places, points, treasure: this.treasure.slice(0, count), clues: this.clues };
  }
}
