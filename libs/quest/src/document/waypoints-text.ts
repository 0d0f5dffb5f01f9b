import { assert, CLUES_BYTES_MAX, WAYPOINTS_MAX } from '@waymark/base';
import * as rules from './quest-rules.ts';
import { WaypointColumns } from './waypoint-columns.ts';

/**
 * Reads the waypoints of a good document straight from its text into columns, without the thousands of arrays and objects that JSON.parse
 * would make of them (8,500 objects: 4 ms and 2 MB of garbage before the first rule is checked). It knows only what documents commonly
 * look like, and gives up at anything else, wrong or merely unusual (an escape in a name, say): then the general way reads the whole text,
 * which alone decides what is an error. So the one law here is to take nothing that the general way would refuse or read differently;
 * check-quest-document.fuzz.ts holds the two together.
 */
export function readWaypointsText(text: string): WaypointsText | undefined {
  const name = NAME_AND_OPENING.exec(text);
  if (name === null) return undefined;
  const reader = new WaypointsReader(text, name.index + name[0].length);
  const start = reader.offset - 1;
  try {
    reader.readAll();
  } catch (thrown) {
    if (thrown === GIVE_UP) return undefined;
    throw thrown;
  }
  return { columns: reader.columns, count: reader.count, start, end: reader.offset };
}

export interface WaypointsText {
  readonly columns: WaypointColumns;
  readonly count: number;
  /** Where the array stands in the text, from its opening bracket to past its closing one. */
  readonly start: number;
  readonly end: number;
}

/** Thrown and caught here only. */
const GIVE_UP = Symbol('not the common look');
const NAME_AND_OPENING = /"waypoints"[ \t\r\n]*:[ \t\r\n]*\[/;

const EXPONENT = /[eE][+-]?[0-9]{1,10}(?![0-9])/y;
const AT = rules.WAYPOINT_FIELDS.indexOf('at');
const RADIUS = rules.WAYPOINT_FIELDS.indexOf('radius');
const POINTS = rules.WAYPOINT_FIELDS.indexOf('points');
const CLUE = rules.WAYPOINT_FIELDS.indexOf('clue');
/** The fields differ in their first letter. */
const FIELD_OF_FIRST_UNIT: readonly (number | undefined)[] = fieldsByFirstUnit();

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** Up to 15 digits are exact in a double, and so are these powers; one division of exact numbers rounds as reading the decimal would. */
const DIGITS_EXACT_MAX = 15;
/** A clue at its longest, each unit of it written as \\uXXXX, and its quote. */
const CLUE_UNITS_MAX = rules.CLUE.charsMax * 6 + 1;
const POWERS_OF_TEN = Array.from({ length: DIGITS_EXACT_MAX + 1 }, (_, power) => 10 ** power);

class WaypointsReader {
  readonly columns = new WaypointColumns(WAYPOINTS_MAX);
  count = 0;
  offset: number;
  private readonly text: string;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  readAll(): void {
    do {
      if (this.count === WAYPOINTS_MAX) throw GIVE_UP;
      const unit = this.next();
      if (unit === BRACKET_OPEN) this.readPlace(this.count);
      else if (unit === BRACE_OPEN) this.readWaypoint(this.count);
      else throw GIVE_UP;
      this.count += 1;
    } while (this.commaOr(BRACKET_CLOSE));
    if (this.columns.cluesBytes > CLUES_BYTES_MAX) throw GIVE_UP;
  }

  private readWaypoint(index: number): void {
    const { columns } = this;
    let seen = 0;
    do {
      if (this.next() !== QUOTE) throw GIVE_UP;
      const field = this.readFieldName();
      if ((seen & (1 << field)) !== 0) throw GIVE_UP;
      seen |= 1 << field;
      const unit = this.next();
      if (field === AT) {
        if (unit !== BRACKET_OPEN) throw GIVE_UP;
        this.readPlace(index);
      } else if (field === RADIUS) columns.setRadius(index, this.readNumber(unit, rules.RADIUS));
      else if (field === POINTS) columns.setPoints(index, this.readNumber(unit, rules.POINTS));
      else if (field === CLUE) columns.setClue(index, this.readClue(unit));
      else columns.setTreasure(index, this.readBoolean());
    } while (this.commaOr(BRACE_CLOSE));
    if ((seen & (1 << AT)) === 0) throw GIVE_UP;
  }

  /** The three coordinates after an opening bracket, and the closing one. */
  private readPlace(index: number): void {
    for (let axis = 0; axis < 3; axis++) {
      this.columns.setCoordinate(index, axis, this.readNumber(this.next(), rules.COORDINATE));
      if (this.commaOr(BRACKET_CLOSE) !== axis < 2) throw GIVE_UP;
    }
  }

  /** After an opening quote: the field, past the colon. */
  private readFieldName(): number {
    const field = FIELD_OF_FIRST_UNIT[this.text.charCodeAt(this.offset)];
    if (field === undefined) throw GIVE_UP;
    const rest = rules.WAYPOINT_FIELDS[field]!;
    if (!this.text.startsWith(rest, this.offset)) throw GIVE_UP;
    this.offset += rest.length;
    if (this.text.charCodeAt(this.offset) !== QUOTE) throw GIVE_UP;
    this.offset += 1;
    if (this.next() !== COLON) throw GIVE_UP;
    return field;
  }

  /** The number whose first unit has been read. */
  private readNumber(first: number, rule: rules.NumberRule): number {
    const { text } = this;
    const length = text.length;
    const start = this.offset - 1;
    let offset = start;
    let unit = first;
    if (first === MINUS) unit = ++offset < length ? text.charCodeAt(offset) : 0;
    const wholeStart = offset;
    const leadsWithZero = unit === 0x30;
    let digits = 0;
    let scale = 0;
    while (unit >= 0x30 && unit <= 0x39) {
      digits = digits * 10 + (unit - 0x30);
      unit = ++offset < length ? text.charCodeAt(offset) : 0;
    }
    const wholeDigits = offset - wholeStart;
    if (wholeDigits === 0 || (leadsWithZero && wholeDigits > 1)) throw GIVE_UP;
    if (unit === DOT) {
      unit = ++offset < length ? text.charCodeAt(offset) : 0;
      const fractionStart = offset;
      while (unit >= 0x30 && unit <= 0x39) {
        digits = digits * 10 + (unit - 0x30);
        unit = ++offset < length ? text.charCodeAt(offset) : 0;
      }
      scale = offset - fractionStart;
      if (scale === 0) throw GIVE_UP;
    }
    let value: number;
    if ((unit | 0x20) === 0x65 || wholeDigits + scale > DIGITS_EXACT_MAX) {
      if ((unit | 0x20) === 0x65) offset = this.exponentEnd(offset);
      value = Number(text.slice(start, offset));
    } else {
      value = digits / POWERS_OF_TEN[scale]!;
      if (first === MINUS) value = -value;
    }
    this.offset = offset;
    if (!rules.isWithin(value, rule)) throw GIVE_UP;
    return value;
  }

  /** Where the exponent ends whose "e" stands at `at`. */
  private exponentEnd(at: number): number {
    EXPONENT.lastIndex = at;
    const exponent = EXPONENT.exec(this.text);
    if (exponent === null) throw GIVE_UP;
    return at + exponent[0].length;
  }

  /** A string whose first unit has been read. */
  private readClue(first: number): string {
    if (first !== QUOTE) throw GIVE_UP;
    const { text } = this;
    const start = this.offset;
    const length = Math.min(text.length, start + CLUE_UNITS_MAX);
    let isPlain = true;
    for (let offset = start; offset < length; offset++) {
      const unit = text.charCodeAt(offset);
      if (unit === QUOTE) {
        this.offset = offset + 1;
        const clue = isPlain ? ownCopy(text.slice(start, offset)) : unescaped(text.slice(start - 1, offset + 1));
        if (clue.length > rules.CLUE.charsMax || !clue.isWellFormed()) throw GIVE_UP;
        return clue;
      }
      if (unit < 0x20) throw GIVE_UP;
      if (unit !== BACKSLASH) continue;
      isPlain = false;
      offset += 1;
    }
    throw GIVE_UP;
  }

  private readBoolean(): boolean {
    const start = this.offset - 1;
    const isTrue = this.text.startsWith('true', start);
    if (!isTrue && !this.text.startsWith('false', start)) throw GIVE_UP;
    this.offset = start + (isTrue ? 4 : 5);
    return isTrue;
  }

  /** Past a comma: true; past the closing bracket: false. */
  private commaOr(closer: number): boolean {
    const unit = this.next();
    if (unit !== COMMA && unit !== closer) throw GIVE_UP;
    return unit === COMMA;
  }

  /** The next unit that is no blank, and past it. */
  private next(): number {
    const { text } = this;
    const length = text.length;
    for (let offset = this.offset; offset < length; offset++) {
      const unit = text.charCodeAt(offset);
      if (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) continue;
      this.offset = offset + 1;
      return unit;
    }
    throw GIVE_UP;
  }
}

function fieldsByFirstUnit(): (number | undefined)[] {
  const fields = new Array<number | undefined>(128).fill(undefined);
  for (const [field, name] of rules.WAYPOINT_FIELDS.entries()) {
    assert(fields[name.charCodeAt(0)] === undefined, 'the fields of a waypoint differ in their first letter');
    fields[name.charCodeAt(0)] = field;
  }
  return fields;
}

/** V8's slice keeps the whole body alive for as long as the clue lives; a slice of a small new string keeps only that. */
function ownCopy(slice: string): string {
  return ` ${slice}`.slice(1);
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw GIVE_UP;
  }
}
