import { DOCUMENT_ERRORS_MAX } from '@waymark/base';
import type { QuestColumns } from '../content/pack-quest.ts';
import type { Remark } from '../json/locate.ts';
import type { PathSegment } from '../json/places.ts';
import { isBlank } from './plain-text.ts';
import type { QuestWarningCode } from './quest-codes.ts';
import { distanceMetres } from './quest-stats.ts';

/**
 * What is allowed in a quest but seldom meant. Works on the columns of a valid document, in linear time for any of them; the warnings say
 * where in the document to look. A warning never refuses anything.
 */

export interface Lint {
  /** At most DOCUMENT_ERRORS_MAX. */
  readonly remarks: readonly Remark<QuestWarningCode>[];
  readonly remarkCount: number;
}

/** `durationGiven`: the document says `durationSeconds` itself, so that is the place to look at when time is short. */
export function lintQuest(quest: QuestColumns, durationGiven: boolean): Lint {
  const linter = new QuestLinter(quest);
  linter.checkTreasures();
  linter.checkTime(durationGiven);
  linter.checkNeighbours();
  linter.checkDuplicates();
  linter.checkClues();
  return linter;
}

/** Slots of the place table that are looked at for one waypoint; see `checkDuplicates`. */
const PROBES_MAX = 64;

class QuestLinter implements Lint {
  readonly remarks: Remark<QuestWarningCode>[] = [];
  remarkCount = 0;
  private readonly quest: QuestColumns;

  constructor(quest: QuestColumns) {
    this.quest = quest;
  }

  checkTreasures(): void {
    const { treasure, order, waypointCount } = this.quest;
    const first = treasure.indexOf(1);
    if (first < 0) {
      const detail = 'No waypoint is a treasure: the hunt ends only by time or by its operator.';
      return this.remark('no-treasure', detail, ['waypoints']);
    }
    if (order !== 'sequential') return;
    for (let index = first; index >= 0 && index < waypointCount - 1; index = treasure.indexOf(1, index + 1)) {
      const detail = `The hunt ends at this treasure; waypoints after it (${waypointCount - 1 - index}) are never reached.`;
      this.remark('treasure-before-end', detail, ['waypoints', index]);
    }
  }

  /** In free order the way is the players' choice, so there is no length to judge by. */
  checkTime(durationGiven: boolean): void {
    const { places, treasure, order, waypointCount, limits } = this.quest;
    if (order !== 'sequential') return;
    const firstTreasure = treasure.indexOf(1);
    const last = firstTreasure < 0 ? waypointCount - 1 : firstTreasure;
    let metres = 0;
    for (let index = 1; index <= last; index++) metres += distanceMetres(places, index - 1, index);
    const seconds = metres / limits.maxSpeed;
    if (seconds <= limits.durationSeconds) return;
    const detail =
      `The way is ${Math.round(metres)} m long and takes ${Math.ceil(seconds)} s at ${limits.maxSpeed} m/s, ` +
      `but a game ends after ${limits.durationSeconds} s.`;
    this.remark('unreachable-in-time', detail, durationGiven ? ['limits', 'durationSeconds'] : ['waypoints']);
  }

  /** Two in a row, each within the other's radius: whoever reaches the first has reached the second. */
  checkNeighbours(): void {
    const { places, order, waypointCount } = this.quest;
    if (order !== 'sequential') return;
    for (let index = 1; index < waypointCount; index++) {
      const metres = distanceMetres(places, index - 1, index);
      if (metres === 0 || metres > places[index * 4 - 1]! || metres > places[index * 4 + 3]!) continue;
      const detail = `This waypoint is ${metres.toFixed(2)} m from the one before it, and each is within the other's radius.`;
      this.remark('overlapping-waypoints', detail, ['waypoints', index]);
    }
  }

  /**
   * A table of places by their bits, four slots a waypoint. An author could choose places that all hash alike; a search therefore gives up
   * after PROBES_MAX slots (chance alone does not get there), which can cost a warning but never more than linear time.
   */
  checkDuplicates(): void {
    const { places, waypointCount } = this.quest;
    const bits = new Int32Array(places.buffer, places.byteOffset, places.length);
    const mask = 2 ** Math.ceil(Math.log2(waypointCount * 4)) - 1;
    const table = new Int32Array(mask + 1).fill(-1);
    for (let index = 0; index < waypointCount; index++) {
      let slot = placeHash(bits, index) & mask;
      for (let probe = 0; probe < PROBES_MAX; probe++) {
        const other = table[slot]!;
        if (other < 0) {
          table[slot] = index;
          break;
        }
        if (isSamePlace(bits, index, other)) {
          this.remark('duplicate-place', `Waypoint ${other} has this very place too.`, ['waypoints', index]);
          break;
        }
        slot = (slot + 1) & mask;
      }
    }
  }

  checkClues(): void {
    for (const [index, clue] of this.quest.clues) {
      if (isBlank(clue)) {
        this.remark('blank-clue', 'This clue says nothing; leave it out.', ['waypoints', index, 'clue']);
      }
    }
  }

  private remark(code: QuestWarningCode, detail: string, path: readonly PathSegment[]): void {
    this.remarkCount += 1;
    if (this.remarks.length < DOCUMENT_ERRORS_MAX) this.remarks.push({ path, anchor: 'value', code, detail });
  }
}

/** Mixes the three coordinates by multiply and shift, in the manner of MurmurHash3's finaliser. */
function placeHash(bits: Int32Array, index: number): number {
  let hash = Math.imul(bits[index * 4]!, 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ bits[index * 4 + 1]!, 0xc2b2_ae35);
  hash = Math.imul(hash ^ (hash >>> 13) ^ bits[index * 4 + 2]!, 0x27d4_eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function isSamePlace(bits: Int32Array, a: number, b: number): boolean {
  return bits[a * 4] === bits[b * 4] && bits[a * 4 + 1] === bits[b * 4 + 1] && bits[a * 4 + 2] === bits[b * 4 + 2];
}
