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
import { jsonTextBytes } from '../content/utf8.ts';
import type { Remark } from '../json/locate.ts';
import { shortName, type PathSegment } from '../json/places.ts';
import type { QuestErrorCode } from './quest-codes.ts';
import * as rules from './quest-rules.ts';
import type { NumberRule, TextRule } from './quest-rules.ts';

/**
 * Reads the parsed value of a document into columns, checking every rule on the way: one pass, one look at each field. A good waypoint
 * allocates nothing; only a complaint makes a path. It reads on after a complaint, so that an author sees all of them at once.
 */

type Path = readonly PathSegment[];
type Fields = Readonly<Record<string, unknown>>;

export class QuestReader {
  /** At most DOCUMENT_ERRORS_MAX; `remarkCount` counts them all. */
  readonly remarks: Remark<QuestErrorCode>[] = [];
  remarkCount = 0;
  private places = new Float32Array(0);
  private points = new Uint16Array(0);
  private treasure = new Uint8Array(0);
  private readonly clues = new Map<number, string>();
  private cluesBytes = 0;
  private radiusDefault = RADIUS_DEFAULT_M;
  private pointsDefault = POINTS_DEFAULT;

  /** Undefined when there are remarks. */
  read(value: unknown): QuestColumns | undefined {
    const document = this.fieldsOf(value, 'a quest document', []);
    if (document === undefined) return undefined;
    this.checkNames(document, rules.DOCUMENT_FIELDS, 'a quest document', []);
    this.requireNames(document, rules.DOCUMENT_FIELDS_REQUIRED, 'A quest document', []);
    if (document['$schema'] !== undefined && typeof document['$schema'] !== 'string') {
      this.wrongType(document['$schema'], 'a string', ['$schema']);
    }
    const title = this.text(document['title'], rules.TITLE, ['title']) ?? '';
    const description = this.text(document['description'], rules.DESCRIPTION, ['description']) ?? '';
    const order = this.order(document['order']);
    this.readDefaults(document['defaults']);
    const limits = this.limits(document['limits']);
    this.readWaypoints(document['waypoints']);
    if (this.remarkCount > 0) return undefined;
    const { places, points, treasure, clues } = this;
    const waypointCount = points.length;
    return { title, description, order, limits, waypointCount, places, points, treasure, clues };
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
    this.radiusDefault = this.number(defaults['radius'], rules.RADIUS, [...path, 'radius']) ?? RADIUS_DEFAULT_M;
    this.pointsDefault = this.number(defaults['points'], rules.POINTS, [...path, 'points']) ?? POINTS_DEFAULT;
  }

  private limits(value: unknown): QuestLimits {
    const path = ['limits'];
    const limits = value === undefined ? {} : (this.fieldsOf(value, 'the limits', path) ?? {});
    this.checkNames(limits, rules.LIMITS_FIELDS, 'the limits', path);
    const { maxSpeed, durationSeconds, maxPlayers } = limits;
    return {
      maxSpeed: this.number(maxSpeed, rules.MAX_SPEED, [...path, 'maxSpeed']) ?? MAX_SPEED_DEFAULT_M_PER_S,
      durationSeconds:
        this.number(durationSeconds, rules.DURATION, [...path, 'durationSeconds']) ?? DURATION_SECONDS_DEFAULT,
      maxPlayers: this.number(maxPlayers, rules.MAX_PLAYERS, [...path, 'maxPlayers']) ?? PLAYERS_PER_GAME_DEFAULT,
    };
  }

  private readWaypoints(value: unknown): void {
    const path = ['waypoints'];
    if (value === undefined) return;
    if (!Array.isArray(value)) return this.wrongType(value, 'an array', path);
    if (value.length < WAYPOINTS_MIN) {
      this.remark('too-few-waypoints', `A quest has at least ${WAYPOINTS_MIN} waypoint; this one has none.`, path);
    }
    if (value.length > WAYPOINTS_MAX) {
      const detail = `A quest has at most ${WAYPOINTS_MAX} waypoints; this one has ${value.length}.`;
      return this.remark('too-many-waypoints', detail, path);
    }
    this.places = new Float32Array(value.length * 4);
    this.points = new Uint16Array(value.length).fill(this.pointsDefault);
    this.treasure = new Uint8Array(value.length);
    for (let index = 0; index < value.length; index++) {
      const waypoint: unknown = value[index];
      if (Array.isArray(waypoint)) {
        this.readPlace(waypoint, index, false);
        this.places[index * 4 + 3] = this.radiusDefault;
      } else this.readWaypoint(waypoint, index);
    }
  }

  private readWaypoint(value: unknown, index: number): void {
    if (typeof value !== 'object' || value === null) {
      return this.wrongType(value, 'a place [x, y, z] or an object', ['waypoints', index]);
    }
    const waypoint = value as Fields;
    let fieldCount = 0;
    for (const _name in waypoint) fieldCount += 1;
    const { at, radius, points, clue, treasure } = waypoint;
    if (at !== undefined) {
      fieldCount -= 1;
      this.readPlace(at, index, true);
    } else this.requireNames(waypoint, rules.WAYPOINT_FIELDS_REQUIRED, 'A waypoint', ['waypoints', index]);
    this.places[index * 4 + 3] = this.radiusDefault;
    if (radius !== undefined) {
      fieldCount -= 1;
      if (isWithin(radius, rules.RADIUS)) this.places[index * 4 + 3] = radius;
      else this.wrongNumber(radius, rules.RADIUS, ['waypoints', index, 'radius']);
    }
    if (points !== undefined) {
      fieldCount -= 1;
      if (isWithin(points, rules.POINTS)) this.points[index] = points;
      else this.wrongNumber(points, rules.POINTS, ['waypoints', index, 'points']);
    }
    if (clue !== undefined) {
      fieldCount -= 1;
      this.readClue(clue, index);
    }
    if (treasure !== undefined) {
      fieldCount -= 1;
      if (typeof treasure === 'boolean') this.treasure[index] = treasure ? 1 : 0;
      else this.wrongType(treasure, 'true or false', ['waypoints', index, 'treasure']);
    }
    if (fieldCount > 0) this.checkNames(waypoint, rules.WAYPOINT_FIELDS, 'a waypoint', ['waypoints', index]);
  }

  private readPlace(value: unknown, index: number, inObject: boolean): void {
    if (!Array.isArray(value)) return this.wrongType(value, 'a place [x, y, z]', placePath(index, inObject));
    if (value.length !== 3) {
      const detail = `A place is three coordinates [x, y, z]; this one has ${value.length}.`;
      return this.remark('wrong-length', detail, placePath(index, inObject));
    }
    for (let axis = 0; axis < 3; axis++) {
      const coordinate: unknown = value[axis];
      // Adding 0 makes -0 into +0: the same place has the same bytes, and with them the same content hash.
      if (isWithin(coordinate, rules.COORDINATE)) this.places[index * 4 + axis] = Math.fround(coordinate) + 0;
      else this.wrongNumber(coordinate, rules.COORDINATE, [...placePath(index, inObject), axis]);
    }
  }

  private readClue(value: unknown, index: number): void {
    const path = ['waypoints', index, 'clue'];
    const clue = this.text(value, rules.CLUE, path);
    if (clue === undefined) return;
    const before = this.cluesBytes;
    this.cluesBytes += jsonTextBytes(clue) + rules.CLUE_ENTRY_BYTES;
    this.clues.set(index, clue);
    if (before > CLUES_BYTES_MAX || this.cluesBytes <= CLUES_BYTES_MAX) return;
    const detail = `All clues together take at most ${CLUES_BYTES_MAX} bytes; with this one they take more.`;
    this.remark('clues-too-large', detail, path);
  }

  /** Undefined when the field is absent, and after a remark. */
  private text(value: unknown, rule: TextRule, path: Path): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      this.wrongType(value, 'a string', path);
      return undefined;
    }
    if (rule.blankRefused && value.trim() === '') {
      this.remark('text-blank', 'This text must say something; it is blank.', path);
      return undefined;
    }
    if (value.length <= rule.charsMax) return value;
    const chars = codePointCount(value);
    if (chars <= rule.charsMax) return value;
    this.remark('text-too-long', `This text has at most ${rule.charsMax} characters; it has ${chars}.`, path);
    return undefined;
  }

  /** Undefined when the field is absent, and after a remark. */
  private number(value: unknown, rule: NumberRule, path: Path): number | undefined {
    if (value === undefined || isWithin(value, rule)) return value;
    this.wrongNumber(value, rule, path);
    return undefined;
  }

  private wrongNumber(value: unknown, rule: NumberRule, path: Path): void {
    if (typeof value !== 'number') return this.wrongType(value, rule.integer ? 'a whole number' : 'a number', path);
    const unit = rule.unit === '' ? '' : ` ${rule.unit}`;
    if (value < rule.min || value > rule.max) {
      const detail = `This number is from ${rule.min} to ${rule.max}${unit}; found ${value}.`;
      return this.remark('out-of-range', detail, path);
    }
    this.remark(
      'not-an-integer',
      `This is a whole number from ${rule.min} to ${rule.max}${unit}; found ${value}.`,
      path,
    );
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

function isWithin(value: unknown, rule: NumberRule): value is number {
  return (
    typeof value === 'number' && value >= rule.min && value <= rule.max && (!rule.integer || Number.isInteger(value))
  );
}

function placePath(index: number, inObject: boolean): Path {
  return inObject ? ['waypoints', index, 'at'] : ['waypoints', index];
}

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
