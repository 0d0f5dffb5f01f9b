/**
 * What a quest says, in the form in which it is kept in events: small fields as they are, waypoints packed into columns
 * (float32 and u16, little endian, base64), because a document of thousands of JSON objects would not fit one append.
 * libs/quest makes it from an author's document and unpacks it into a CompiledQuest.
 */
export interface QuestContent {
  readonly title: string;
  readonly description: string;
  readonly order: QuestOrder;
  readonly limits: QuestLimits;
  readonly waypointCount: number;
  /** x, y, z, radius in metres for each waypoint: float32 little endian, base64; 16 bytes a waypoint. */
  readonly places: string;
  /** Points of each waypoint: u16 little endian, base64; 2 bytes a waypoint. */
  readonly points: string;
  /** Indices of the waypoints that end the hunt, ascending. */
  readonly treasures: readonly number[];
  /** Clues of the waypoints that have one, ascending by index. */
  readonly clues: readonly (readonly [index: number, clue: string])[];
}

/** Sequential: only the next waypoint can be reached. Free: any that the player has not reached yet. */
export type QuestOrder = 'sequential' | 'free';

export interface QuestLimits {
  /** Metres a second. */
  readonly maxSpeed: number;
  readonly durationSeconds: number;
  readonly maxPlayers: number;
}

/**
 * A published version, ready to be played: flat columns shared by every game that runs it. Nobody writes to them after compilation.
 * Made by libs/quest; the deciders and the tick engine only read it.
 */
export interface CompiledQuest {
  readonly title: string;
  readonly description: string;
  readonly order: QuestOrder;
  readonly limits: QuestLimits;
  readonly waypointCount: number;
  /** x, y, z, radius of waypoint i at 4i..4i+3, metres. */
  readonly places: Float32Array;
  readonly points: Uint16Array;
  /** 1 where the waypoint ends the hunt. */
  readonly treasure: Uint8Array;
  /** Clue of waypoint i, or undefined. */
  readonly clues: ReadonlyMap<number, string>;
  /** "sha256-" and the lowercase hex digest of the canonical bytes (libs/quest/src/content/content-hash.ts). */
  readonly contentHash: string;
}
