import { DOCUMENT_ERRORS_MAX, JSON_DEPTH_MAX } from '@waymark/base';
import { packQuest, type QuestColumns } from '../content/pack-quest.ts';
import { findJsonFaults, type JsonFaults } from '../json/json-faults.ts';
import { locateRemarks, type Remark } from '../json/locate.ts';
import { readStrictly } from '../json/parse-strict-json.ts';
import { placeFaults } from '../json/places.ts';
import { lintQuest } from './lint-quest.ts';
import type { QuestCheck, QuestStats, QuestWarning } from './quest-check.ts';
import type { QuestErrorCode } from './quest-codes.ts';
import { QuestReader } from './quest-reader.ts';
import { statsOf } from './quest-stats.ts';
import { readWaypointsText } from './waypoints-text.ts';

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
  const reading = readSwiftly(text) ?? readWholly(text);
  const { quest, document } = reading;
  if (quest === undefined || reading.json.faultCount > 0) return refusal(text, reading);
  const lint = options?.lint === false ? NO_WARNINGS : warningsOf(text, document, quest);
  return { valid: true, errors: [], errorCount: 0, ...lint, stats: statsOf(quest), content: packQuest(quest) };
}

interface Reading {
  /** The parsed value, whose waypoints may be left out. */
  readonly document: unknown;
  readonly quest: QuestColumns | undefined;
  readonly json: JsonFaults;
  readonly remarks: readonly Remark<QuestErrorCode>[];
  readonly remarkCount: number;
}

/**
 * The quest of a good document of the common look, undefined for any other: the waypoints straight from the text, and the rest as JSON with
 * an empty array in their place. The array that was read is the value of a name that ends in `waypoints`. When the rest is strict JSON and
 * a good document, that name stands once and at the top, because everywhere else it is an unknown field: so the whole is good too.
 */
function readSwiftly(text: string): Reading | undefined {
  const read = readWaypointsText(text);
  if (read === undefined) return undefined;
  const document = readStrictly(`${text.slice(0, read.start)}[]${text.slice(read.end)}`, JSON_DEPTH_MAX);
  const quest = new QuestReader().read(document, read);
  return quest && { document, quest, json: NO_FAULTS, remarks: [], remarkCount: 0 };
}

/** Any document, by way of its parsed value. */
function readWholly(text: string): Reading {
  let document = readStrictly(text, JSON_DEPTH_MAX);
  let json = NO_FAULTS;
  if (document === undefined) {
    json = findJsonFaults(text, { depthMax: JSON_DEPTH_MAX, faultsMax: DOCUMENT_ERRORS_MAX });
    if (!json.isJson) return { document, quest: undefined, json, remarks: [], remarkCount: 0 };
    document = JSON.parse(text);
  }
  const reader = new QuestReader();
  const quest = reader.read(document);
  return { document, quest, json, remarks: reader.remarks, remarkCount: reader.remarkCount };
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

function refusal(text: string, { json, remarks, remarkCount }: Reading): QuestCheck {
  const located = remarks.length === 0 ? [] : locateRemarks(text, remarks);
  // The number beyond a double and the forbidden name break a rule of quests too; said once is enough.
  const said = new Set(json.faults.map((fault) => fault.pointer));
  const news = located.filter((fault) => !said.has(fault.pointer));
  const errors = placeFaults(text, [...json.faults, ...news]).slice(0, DOCUMENT_ERRORS_MAX);
  const errorCount = json.faultCount + remarkCount - (located.length - news.length);
  return { valid: false, errors, errorCount, ...NO_WARNINGS, stats: NO_STATS };
}

function warningsOf(
  text: string,
  document: unknown,
  quest: QuestColumns,
): Pick<QuestCheck, 'warnings' | 'warningCount'> {
  const limits = (document as { readonly limits?: { readonly durationSeconds?: number } }).limits;
  const { remarks, remarkCount } = lintQuest(quest, limits?.durationSeconds !== undefined);
  if (remarkCount === 0) return NO_WARNINGS;
  const warnings: QuestWarning[] = placeFaults(text, locateRemarks(text, remarks));
  return { warnings, warningCount: remarkCount };
}
