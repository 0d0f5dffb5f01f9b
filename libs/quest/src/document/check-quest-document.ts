import { DOCUMENT_ERRORS_MAX, JSON_DEPTH_MAX } from '@waymark/base';
import { packQuest, type QuestColumns } from '../content/pack-quest.ts';
import { findJsonFaults, type JsonFaults } from '../json/json-faults.ts';
import { locateRemarks } from '../json/locate.ts';
import { readStrictly } from '../json/parse-strict-json.ts';
import { placeFaults } from '../json/places.ts';
import { lintQuest } from './lint-quest.ts';
import type { QuestCheck, QuestStats, QuestWarning } from './quest-check.ts';
import { QuestReader } from './quest-reader.ts';
import { statsOf } from './quest-stats.ts';

/**
 * Judges an author's quest document from its text: strict JSON, then the rules of a quest (quest-reader.ts), then the lint
 * (lint-quest.ts). A good document costs JSON.parse and one pass over the value that fills the columns, some milliseconds for 8,500
 * waypoints (check.bench.ts); only a document that there is something to say of is walked again for the places. Everything wrong is
 * reported at once, up to DOCUMENT_ERRORS_MAX. The command app calls it for drafts, revisions and /quests/validate.
 */

export interface QuestCheckOptions {
  /** False leaves the warnings out, and with them the time that finding their places takes. */
  readonly lint?: boolean;
}

export function checkQuestDocument(text: string, options?: QuestCheckOptions): QuestCheck {
  let value = readStrictly(text, JSON_DEPTH_MAX);
  let json = NO_FAULTS;
  if (value === undefined) {
    json = findJsonFaults(text, { depthMax: JSON_DEPTH_MAX, faultsMax: DOCUMENT_ERRORS_MAX });
    if (!json.isJson) return refusal(text, json);
    value = JSON.parse(text);
  }
  const reader = new QuestReader();
  const quest = reader.read(value);
  if (quest === undefined || json.faultCount > 0) return refusal(text, json, reader);

  const warned = options?.lint === false ? NO_WARNINGS : warningsOf(text, value, quest);
  return { valid: true, errors: [], errorCount: 0, ...warned, stats: statsOf(quest), content: packQuest(quest) };
}

const NO_FAULTS: JsonFaults = { faults: [], faultCount: 0, isJson: true };
const NO_WARNINGS: Pick<QuestCheck, 'warnings' | 'warningCount'> = { warnings: [], warningCount: 0 };
const NO_STATS: QuestStats = {
  waypointCount: 0,
  treasureCount: 0,
  clueCount: 0,
  totalPoints: 0,
  lengthMetres: 0,
  boundingBox: null,
};

function refusal(text: string, json: JsonFaults, reader?: QuestReader): QuestCheck {
  const located = reader === undefined ? [] : locateRemarks(text, JSON_DEPTH_MAX, reader.remarks);
  // The number beyond a double and the forbidden name break a rule of quests too; said once is enough.
  const said = new Set(json.faults.map((fault) => fault.pointer));
  const news = located.filter((fault) => !said.has(fault.pointer));
  const errors = placeFaults(text, [...json.faults, ...news]).slice(0, DOCUMENT_ERRORS_MAX);
  const errorCount = json.faultCount + (reader?.remarkCount ?? 0) - (located.length - news.length);
  return { valid: false, errors, errorCount, ...NO_WARNINGS, stats: NO_STATS };
}

function warningsOf(text: string, value: unknown, quest: QuestColumns): Pick<QuestCheck, 'warnings' | 'warningCount'> {
  const limits = (value as { readonly limits?: { readonly durationSeconds?: number } }).limits;
  const { remarks, remarkCount } = lintQuest(quest, limits?.durationSeconds !== undefined);
  if (remarkCount === 0) return NO_WARNINGS;
  const warnings: QuestWarning[] = placeFaults(text, locateRemarks(text, JSON_DEPTH_MAX, remarks));
  return { warnings, warningCount: remarkCount };
}
