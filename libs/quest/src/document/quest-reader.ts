import {
  CLUES_BYTES_MAX,
  DOCUMENT_ERRORS_MAX,
  DURATION_SECONDS_DEFAULT,
  MAX_SPEED_DEFAULT_M_PER_S,
  PLAYERS_PER_GAME_DEFAULT,
  POINTS_DEFAULT,
  RADIUS_DEFAULT_M,
  WAYPOINTS_MAX,
  WAYPOINTS_MIN,
} from '@waymark/base';
import type { QuestLimits, QuestOrder } from '@waymark/domain';
import type { QuestColumns } from '../content/pack-quest.ts';
import type { Remark } from '../json/locate.ts';
import { shortName, type PathSegment } from '../json/places.ts';
import { controlInLine, controlInLines, isBlank } from './plain-text.ts';
import type { QuestErrorCode } from './quest-codes.ts';
import * as rules from './quest-rules.ts';
import type { NumberRule, TextRule } from './quest-rules.ts';
import { WaypointColumns } from './waypoint-columns.ts';

/**
 * Reads the parsed value of a document into columns and checks every rule on the way; this module alone decides what is an error. It reads
 * on after one, so that an author sees all of them at once. It takes its time over paths and words: good waypoints seldom come this way,
 * because waypoints-text.ts has read them from the text.
 */

type Path = readonly PathSegment[];
type Fields = Readonly<Record<string, unknown>>;

export interface ReadWaypoints {
  readonly columns: WaypointColumns;
  readonly count: number;
}

const NO_WAYPOINTS: ReadWaypoints = { columns: new WaypointColumns(0), count: 0 };

export class QuestReader {
  /** At most DOCUMENT_ERRORS_MAX; `remarkCount` counts them all. */
  readonly remarks: Remark<QuestErrorCode>[] = [];
  remarkCount = 0;
  private radiusDefault = RADIUS_DEFAULT_M;
  private pointsDefault = POINTS_DEFAULT;

  /** The quest, or undefined when there are remarks. With `read`, the waypoints have been read from the text already. */
  read(value: unknown, read?: ReadWaypoints): QuestColumns | undefined {
    const document = this.fieldsOf(value, 'a quest document', []);
    if (document === undefined) return undefined;
    this.checkNames(document, rules.DOCUMENT_FIELDS, 'a quest document', []);
    this.requireNames(document, rules.DOCUMENT_FIELDS_REQUIRED, 'A quest document', []);
    if (document['$schema'] !== undefined && typeof document['$schema'] !== 'string') {
      this.wrongType(document['$schema'], 'a string', ['$schema']);
    }
    const title = this.text(document, 'title', rules.TITLE, []) ?? '';
    const description = this.text(document, 'description', rules.DESCRIPTION, []) ?? '';
    const order = this.order(document['order']);
    this.readDefaults(document['defaults']);
    const limits = this.limits(document['limits']);
    const { columns, count } = read ?? this.waypoints(document['waypoints']);
    if (this.remarkCount > 0) return undefined;
    const defaults = { radius: this.radiusDefault, points: this.pointsDefault };
    return { title, description, order, limits, ...columns.finish(count, defaults) };
  }

  private order(value: unknown): QuestOrder {
    if (value === undefined) return rules.ORDER_DEFAULT;
    const order = rules.ORDERS.find((known) => known === value);
    if (order !== undefined) return order;
    const words = rules.ORDERS.map((known) => `"${known}"`).join(' or ');
    if (typeof value !== 'string') this.wrongType(value, words, ['order']);
    else this.remark('unknown-value', `The order of a quest is ${words}; found "${shortName(value)}".`, ['order']);
    return rules.ORDER_DEFAULT;
  }

  private readDefaults(value: unknown): void {
    if (value === undefined) return;
    const path = ['defaults'];
    const defaults = this.fieldsOf(value, 'the defaults', path);
    if (defaults === undefined) return;
    this.checkNames(defaults, rules.DEFAULTS_FIELDS, 'the defaults', path);
    this.radiusDefault = this.number(defaults, 'radius', rules.RADIUS, path) ?? RADIUS_DEFAULT_M;
    this.pointsDefault = this.number(defaults, 'points', rules.POINTS, path) ?? POINTS_DEFAULT;
  }

  private limits(value: unknown): QuestLimits {
    const path = ['limits'];
    const limits = value === undefined ? {} : (this.fieldsOf(value, 'the limits', path) ?? {});
    this.checkNames(limits, rules.LIMITS_FIELDS, 'the limits', path);
    return {
      maxSpeed: this.number(limits, 'maxSpeed', rules.MAX_SPEED, path) ?? MAX_SPEED_DEFAULT_M_PER_S,
      durationSeconds: this.number(limits, 'durationSeconds', rules.DURATION, path) ?? DURATION_SECONDS_DEFAULT,
      maxPlayers: this.number(limits, 'maxPlayers', rules.MAX_PLAYERS, path) ?? PLAYERS_PER_GAME_DEFAULT,
    };
  }

  private waypoints(value: unknown): ReadWaypoints {
    const path = ['waypoints'];
    if (!Array.isArray(value)) {
      if (value !== undefined) this.wrongType(value, 'an array', path);
      return NO_WAYPOINTS;
    }
    const count = value.length;
    if (count < WAYPOINTS_MIN) {
      this.remark('too-few-waypoints', `A quest has at least ${WAYPOINTS_MIN} waypoint; this one has none.`, path);
    }
    if (count > WAYPOINTS_MAX) {
      this.remark('too-many-waypoints', `A quest has at most ${WAYPOINTS_MAX} waypoints; this one has ${count}.`, path);
      return NO_WAYPOINTS;
    }
    const columns = new WaypointColumns(count);
    for (let index = 0; index < count; index++) {
      const waypoint: unknown = value[index];
      if (Array.isArray(waypoint)) this.readPlace(waypoint, index, columns, ['waypoints', index]);
      else this.readWaypoint(waypoint, index, columns);
    }
    return { columns, count };
  }

  private readWaypoint(value: unknown, index: number, columns: WaypointColumns): void {
    const path = ['waypoints', index];
    if (typeof value !== 'object' || value === null) {
      return this.wrongType(value, 'a place [x, y, z] or an object', path);
    }
    const waypoint = value as Fields;
    this.checkNames(waypoint, rules.WAYPOINT_FIELDS, 'a waypoint', path);
    this.requireNames(waypoint, rules.WAYPOINT_FIELDS_REQUIRED, 'A waypoint', path);
    const { at, treasure } = waypoint;
    if (at !== undefined) this.readPlace(at, index, columns, [...path, 'at']);
    const radius = this.number(waypoint, 'radius', rules.RADIUS, path);
    if (radius !== undefined) columns.setRadius(index, radius);
    const points = this.number(waypoint, 'points', rules.POINTS, path);
    if (points !== undefined) columns.setPoints(index, points);
    this.readClue(waypoint, index, columns);
    if (typeof treasure === 'boolean') columns.setTreasure(index, treasure);
    else if (treasure !== undefined) this.wrongType(treasure, 'true or false', [...path, 'treasure']);
  }

  private readPlace(value: unknown, index: number, columns: WaypointColumns, path: Path): void {
    if (!Array.isArray(value)) return this.wrongType(value, 'a place [x, y, z]', path);
    if (value.length !== 3) {
      const detail = `A place is three coordinates [x, y, z]; this one has ${value.length}.`;
      return this.remark('wrong-length', detail, path);
    }
    for (let axis = 0; axis < 3; axis++) {
      const metres = this.number(value, axis, rules.COORDINATE, path);
      if (metres !== undefined) columns.setCoordinate(index, axis, metres);
    }
  }

  private readClue(waypoint: Fields, index: number, columns: WaypointColumns): void {
    const clue = this.text(waypoint, 'clue', rules.CLUE, ['waypoints', index]);
    if (clue === undefined) return;
    const wasWithin = columns.cluesBytes <= CLUES_BYTES_MAX;
    columns.setClue(index, clue);
    if (!wasWithin || columns.cluesBytes <= CLUES_BYTES_MAX) return;
    const detail = `All clues together take at most ${CLUES_BYTES_MAX} bytes; with this one they take more.`;
    this.remark('clues-too-large', detail, ['waypoints', index, 'clue']);
  }

  /** The text `fields[name]`; undefined when it is absent, and after a remark. */
  private text(fields: Fields, name: string, rule: TextRule, path: Path): string | undefined {
    const value = fields[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      this.wrongType(value, 'a string', [...path, name]);
      return undefined;
    }
    if (rule.blankRefused && isBlank(value)) {
      this.remark('text-blank', 'This text must say something; there is nothing to see in it.', [...path, name]);
      return undefined;
    }
    const control = rule.controls === 'all' ? -1 : CONTROL_IN[rule.controls](value);
    if (control >= 0) {
      const unit = value.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0');
      const refused = rule.controls === 'none' ? 'or line breaks' : 'but line breaks';
      const detail = `This text may have no control characters ${refused}; U+${unit} is its code unit ${control + 1}.`;
      this.remark('control-character', detail, [...path, name]);
      return undefined;
    }
    if (value.length <= rule.charsMax) return value;
    const chars = codePointCount(value);
    if (chars <= rule.charsMax) return value;
    const detail = `This text has at most ${rule.charsMax} characters; it has ${chars}.`;
    this.remark('text-too-long', detail, [...path, name]);
    return undefined;
  }

  /** The number `fields[name]`; undefined when it is absent, and after a remark. */
  private number<Name extends PathSegment>(
    fields: Readonly<Record<Name, unknown>>,
    name: Name,
    rule: NumberRule,
    path: Path,
  ): number | undefined {
    const value: unknown = fields[name];
    if (value === undefined || rules.isWithin(value, rule)) return value;
    this.wrongNumber(value, rule, [...path, name]);
    return undefined;
  }

  private wrongNumber(value: unknown, rule: NumberRule, path: Path): void {
    if (typeof value !== 'number') return this.wrongType(value, rule.integer ? 'a whole number' : 'a number', path);
    const unit = rule.unit === '' ? '' : ` ${rule.unit}`;
    if (value < rule.min || value > rule.max) {
      const detail = `This number is from ${rule.min} to ${rule.max}${unit}; found ${value}.`;
      return this.remark('out-of-range', detail, path);
    }
    const detail = `This is a whole number from ${rule.min} to ${rule.max}${unit}; found ${value}.`;
    this.remark('not-an-integer', detail, path);
  }

  private fieldsOf(value: unknown, what: string, path: Path): Fields | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
    this.wrongType(value, `an object: ${what}`, path);
    return undefined;
  }

  private checkNames(fields: Fields, known: readonly string[], what: string, path: Path): void {
    for (const name in fields) {
      if (known.includes(name)) continue;
      const detail = `"${shortName(name)}" is no field of ${what}; its fields are ${known.join(', ')}.`;
      this.remark('unknown-field', detail, [...path, name], 'name');
    }
  }

  private requireNames(fields: Fields, required: readonly string[], what: string, path: Path): void {
    for (const name of required) {
      if (fields[name] === undefined) this.remark('missing-field', `${what} needs the field "${name}".`, path);
    }
  }

  private wrongType(value: unknown, due: string, path: Path): void {
    this.remark('wrong-type', `Here stands ${due}; found ${typeName(value)}.`, path);
  }

  private remark(code: QuestErrorCode, detail: string, path: Path, anchor: 'value' | 'name' = 'value'): void {
    this.remarkCount += 1;
    if (this.remarks.length < DOCUMENT_ERRORS_MAX) this.remarks.push({ path, anchor, code, detail });
  }
}

const CONTROL_IN = { none: controlInLine, 'line-ends': controlInLines };

function codePointCount(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}
