import type { CompiledQuest, QuestOrder } from '@waymark/domain';

import type { SeededRandom } from '../seeded-random.ts';

/** What a random quest must be like; what is not said is left to chance. */
export interface RandomQuestOptions {
  readonly order?: QuestOrder;
  readonly waypointCount?: number;
  /** Waypoints lie within a cube of this edge around the origin, metres: the smaller, the more circles overlap. */
  readonly edgeM?: number;
  readonly radiusMaxM?: number;
  readonly maxSpeed?: number;
  /** Part of the waypoints that have a clue, 0 to 1. */
  readonly clueShare?: number;
}

/** A quest made of chance, compiled already: long clues in several alphabets, overlapping circles, now and then a treasure. */
export function randomQuest(random: SeededRandom, options: RandomQuestOptions = {}): CompiledQuest {
  const waypointCount = options.waypointCount ?? random.pick([1, 2, 5, 12, 63, 64, 65, 100, 200]);
  const edgeM = options.edgeM ?? 200;
  const radiusMaxM = options.radiusMaxM ?? 40;
  const clueShare = options.clueShare ?? 0.6;
  const places = new Float32Array(4 * waypointCount);
  const points = new Uint16Array(waypointCount);
  const treasure = new Uint8Array(waypointCount);
  const clues = new Map<number, string>();
  for (let i = 0; i < waypointCount; i++) {
    for (let axis = 0; axis < 3; axis++) places[4 * i + axis] = (random.fraction() - 0.5) * edgeM;
    places[4 * i + 3] = 0.5 + random.fraction() * (radiusMaxM - 0.5);
    points[i] = random.integer(10_000);
    treasure[i] = random.integer(50) === 0 ? 1 : 0;
    if (random.fraction() < clueShare) clues.set(i, randomClue(random));
  }
  return {
    title: 'A quest of chance',
    description: '',
    order: options.order ?? random.pick(['sequential', 'free'] as const),
    limits: { maxSpeed: options.maxSpeed ?? 12, durationSeconds: 3_600, maxPlayers: 64 },
    waypointCount,
    places,
    points,
    treasure,
    clues,
    contentHash: `sha256-${random.integer(1_000_000)}`,
  };
}

function randomClue(random: SeededRandom): string {
  return random.pick(['look up ', 'über der Tür ', '灯台の下 ', '🗝️ below ']).repeat(1 + random.integer(40));
}
