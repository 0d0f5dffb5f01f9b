import { assert } from '@waymark/base';
import type { CompiledQuest } from '@waymark/domain';
import { writeUtf8 } from '@waymark/protocol';

import { FreeList } from './free-list.ts';
import { createReachIndex, type ReachIndex } from './reach-index.ts';

/**
 * The published versions that live games run, one row each, shared: the compiled columns are never copied. A row counts the games that
 * use it; versions without a game are kept while there is room for them, the one idle longest goes first. Since every live game uses one
 * version and idle ones are bounded, a table of gamesMax + idleMax rows is never full.
 */
export interface QuestTable {
  readonly rows: (QuestRow | null)[];
  readonly rowOf: Map<string, number>;
  readonly free: FreeList;
  /** Versions that no game uses, in the order in which they became idle. */
  readonly idle: Set<string>;
  readonly idleMax: number;
}

export interface QuestRow {
  readonly questId: string;
  readonly version: number;
  readonly compiled: CompiledQuest;
  /** Live games that run it. */
  references: number;
  /** Finds the waypoint that a player stands in; null for a sequential quest, where only the next one counts. */
  readonly reachIndex: ReachIndex | null;
  /** Clue of waypoint i as UTF-8: clueBytes from clueStart[i] to clueStart[i + 1]. Encoded once, here. */
  readonly clueStart: Uint32Array;
  readonly clueBytes: Uint8Array;
}

export function createQuestTable(options: { readonly questsMax: number; readonly idleMax: number }): QuestTable {
  assert(options.idleMax > 0, 'a version can wait for its first game');
  return {
    rows: Array.from({ length: options.questsMax + 1 }, () => null),
    rowOf: new Map(),
    free: new FreeList(options.questsMax + 1),
    idle: new Set(),
    idleMax: options.idleMax,
  };
}

/** The row of a version, or -1 when it is not in the table. */
export function questRow(table: QuestTable, questId: string, version: number): number {
  return table.rowOf.get(versionKey(questId, version)) ?? -1;
}

/** Adds a version and returns its row; a version never changes, so one that is there already stays as it is. */
export function registerQuest(table: QuestTable, questId: string, version: number, compiled: CompiledQuest): number {
  const key = versionKey(questId, version);
  const known = table.rowOf.get(key);
  if (known !== undefined) return known;
  const row = table.free.take();
  assert(row !== -1, 'the quest table has a row for each live game and each idle version');
  table.rows[row] = createQuestRow(questId, version, compiled);
  table.rowOf.set(key, row);
  becomeIdle(table, key);
  return row;
}

/** One more game runs this version. */
export function retainQuest(table: QuestTable, row: number): QuestRow {
  const quest = table.rows[row];
  assert(quest !== null, 'a version is used while it is in the table');
  if (quest.references === 0) table.idle.delete(versionKey(quest.questId, quest.version));
  quest.references += 1;
  return quest;
}

/** One game less runs it. */
export function releaseQuest(table: QuestTable, row: number): void {
  const quest = table.rows[row];
  assert(quest !== null && quest.references > 0, 'a version is released once for each of its games');
  quest.references -= 1;
  if (quest.references === 0) becomeIdle(table, versionKey(quest.questId, quest.version));
}

function becomeIdle(table: QuestTable, key: string): void {
  table.idle.add(key);
  if (table.idle.size <= table.idleMax) return;
  const oldest = table.idle.values().next().value!;
  const row = table.rowOf.get(oldest)!;
  table.idle.delete(oldest);
  table.rowOf.delete(oldest);
  table.rows[row] = null;
  table.free.give(row);
}

function createQuestRow(questId: string, version: number, compiled: CompiledQuest): QuestRow {
  const { waypointCount, clues } = compiled;
  // A UTF-16 unit takes 3 bytes at most: room for all clues without measuring each first.
  let roomBytes = 0;
  for (const clue of clues.values()) roomBytes += 3 * clue.length;
  const room = new DataView(new ArrayBuffer(roomBytes));
  const clueStart = new Uint32Array(waypointCount + 1);
  let bytes = 0;
  for (let waypoint = 0; waypoint < waypointCount; waypoint++) {
    clueStart[waypoint] = bytes;
    const clue = clues.get(waypoint);
    if (clue !== undefined) bytes += writeUtf8(room, bytes, clue);
  }
  clueStart[waypointCount] = bytes;
  const clueBytes = new Uint8Array(room.buffer.slice(0, bytes));
  const reachIndex = compiled.order === 'free' ? createReachIndex(compiled) : null;
  return { questId, version, compiled, references: 0, reachIndex, clueStart, clueBytes };
}

function versionKey(questId: string, version: number): string {
  return `${questId} ${version}`;
}
