import { WAYPOINT_PACKED_BYTES } from '@waymark/base';
import { fail } from '@waymark/testing';
import type { QuestContent } from './quest-content.ts';
import { evolveQuest, initialQuest, type QuestState } from './quest-state.ts';

/**
 * Run as a process of its own with --expose-gc. What the command app remembers of a quest of 8,500 waypoints once it is published: little, or a
 * publication a second fills the old generation of the heap with drafts that nobody will read again. Fails with exit code 1.
 */
const QUESTS = 64;
const WAYPOINTS = 8_500;
const BYTES_A_QUEST_MAX = 4 * 1024;

const base64Chars = (bytes: number): number => 4 * Math.ceil(bytes / 3);
/** Flat text of its own, as it comes out of the quest worker. */
const text = (chars: number): string => Buffer.alloc(chars, 'A').toString('latin1');

function content(): QuestContent {
  return {
    title: 'Large',
    description: '',
    order: 'sequential',
    limits: { maxSpeed: 12, durationSeconds: 3_600, maxPlayers: 8 },
    waypointCount: WAYPOINTS,
    places: text(base64Chars(WAYPOINTS * WAYPOINT_PACKED_BYTES)),
    points: text(base64Chars(WAYPOINTS * 2)),
    treasures: [WAYPOINTS - 1],
    clues: [],
  };
}

function quest(number: number, isPublished: boolean): QuestState {
  const own = { questId: `quest-${number}`, authorId: 'ada', content: content(), contentHash: `hash-${number}`, at: 1 };
  const state = evolveQuest(initialQuest(), { type: 'QuestDrafted', data: own });
  return isPublished ? evolveQuest(state, { type: 'QuestPublished', data: { ...own, version: 1 } }) : state;
}

function keptBytesAQuest(isPublished: boolean): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  collect();
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: QUESTS }, (_, number) => quest(number, isPublished));
  collect();
  collect();
  return (process.memoryUsage().heapUsed - before) / kept.length;
}

keptBytesAQuest(true);
const published = keptBytesAQuest(true);
const drafted = keptBytesAQuest(false);
process.stdout.write(
  `kept of a published quest: ${Math.round(published)} bytes (limit ${BYTES_A_QUEST_MAX}), of a draft: ${Math.round(drafted)}\n`,
);
if (published > BYTES_A_QUEST_MAX) fail('a published quest keeps its draft');
if (drafted < 100 * 1024) fail('drafts were not noticed, so the check proves nothing');
