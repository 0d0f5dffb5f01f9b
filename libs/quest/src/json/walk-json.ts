import { JSON_FIELDS_MAX } from '@waymark/base';
import type { JsonErrorCode } from './json-error-codes.ts';
import type { PathSegment } from './places.ts';

/**
 * Reads a JSON text token by token, by the grammar of RFC 8259, and tells a visitor where each value and each name stands. It is the slow
 * reading: it runs when a text has something wrong that must be placed. By hand and not with a library, because jsonc-parser's visitor
 * recurses with the nesting (hostile texts end its stack), takes comments, control characters and "01" for a later check to refuse, and
 * names the place of a fault only as its token; this walk keeps its own stack, sees each code unit once, and stops at the very unit that
 * breaks the grammar. It stops at the first fault: what follows one is guesswork.
 */

export interface JsonVisitor {
  /**
   * A value: a string or number from `start` to `end`, a literal, or an array or object that opens at `start`. `path` leads to it and
   * belongs to the walk: it changes afterwards.
   */
  value(start: number, end: number, path: readonly PathSegment[]): void;
  /** A member's name from quote to quote; the last segment of `path` is the name, unescaped. */
  name(start: number, end: number, path: readonly PathSegment[]): void;
}

/** The first breach of the grammar; `path` leads to the innermost value or member that was being read. */
export interface SyntaxFault {
  readonly path: readonly PathSegment[];
  readonly offset: number;
  readonly code: JsonErrorCode;
  readonly detail: string;
}

/** Undefined when the whole text is JSON, nests no deeper than `depthMax`, and no object has more members than JSON_FIELDS_MAX. */
export function walkJson(text: string, depthMax: number, visitor: JsonVisitor): SyntaxFault | undefined {
  const walk = new JsonWalk(text, depthMax, visitor);
  try {
    walk.run();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Stop)) throw thrown;
    return { path: walk.path, offset: thrown.offset, code: thrown.code, detail: thrown.detail };
  }
}

/** Unwinds the walk at a fault; never leaves this module. Not an Error: nobody needs its stack. */
class Stop {
  readonly code: JsonErrorCode;
  readonly offset: number;
  readonly detail: string;

  constructor(code: JsonErrorCode, offset: number, detail: string) {
    this.code = code;
    this.offset = offset;
    this.detail = detail;
  }
}

/** In place of a code unit past the end of the text. Not the NaN of charCodeAt: with it every comparison here is one of doubles. */
const END = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const SIMPLE_ESCAPES = '"\\/bfnrt';
const HEX_DIGITS = '0123456789abcdefABCDEF';
const WORD_SHOWN_CHARS_MAX = 20;

class JsonWalk {
  readonly path: PathSegment[] = [];
  private readonly text: string;
  private readonly depthMax: number;
  private readonly visitor: JsonVisitor;
  /** Closing bracket of each array and object that is open. */
  private readonly closers: number[] = [];
  /** Members so far of each array (none) and object that is open. */
  private readonly memberCounts: number[] = [];
  private offset = 0;

  constructor(text: string, depthMax: number, visitor: JsonVisitor) {
    this.text = text;
    this.depthMax = depthMax;
    this.visitor = visitor;
  }

  run(): void {
    if (this.skipBlanks() === END) throw new Stop('json-empty', 0, 'The text is empty; a JSON value is due.');
    do this.readValue();
    while (this.goToNextValue());
    const unit = this.skipBlanks();
    if (unit === SLASH) throw this.comment();
    if (unit !== END) {
      throw new Stop('json-trailing', this.offset, `The JSON value has ended, but ${this.shown()} follows.`);
    }
  }

  /** Reads one value whole, or opens an array or object and goes to its first value. */
  private readValue(): void {
    for (;;) {
      const unit = this.skipBlanks();
      if (unit !== BRACKET_OPEN && unit !== BRACE_OPEN) return this.readScalar(unit);
      this.visitor.value(this.offset, this.offset + 1, this.path);
      if (this.closers.length === this.depthMax) {
        throw new Stop('json-depth', this.offset, `Arrays and objects nest deeper than ${this.depthMax} levels here.`);
      }
      const closer = unit === BRACKET_OPEN ? BRACKET_CLOSE : BRACE_CLOSE;
      this.offset += 1;
      if (this.skipBlanks() === closer) {
        this.offset += 1;
        return;
      }
      this.closers.push(closer);
      this.memberCounts.push(0);
      if (closer === BRACKET_CLOSE) this.path.push(0);
      else this.readName(false);
    }
  }

  /** After a value: closes what ends here and goes past the comma to where the next value is due. False at the end of all. */
  private goToNextValue(): boolean {
    for (;;) {
      const closer = this.closers.at(-1);
      if (closer === undefined) return false;
      const unit = this.skipBlanks();
      if (unit === closer) {
        this.offset += 1;
        this.closers.pop();
        this.memberCounts.pop();
        this.path.pop();
        continue;
      }
      if (unit !== COMMA) throw this.betweenValues(unit, closer);
      const comma = this.offset;
      this.offset += 1;
      if (this.skipBlanks() === closer) {
        throw new Stop(
          'json-comma',
          comma,
          'A comma stands after the last entry; JSON has commas only between entries.',
        );
      }
      if (closer === BRACE_CLOSE) this.readName(true);
      else this.path[this.path.length - 1] = (this.path.at(-1) as number) + 1;
      return true;
    }
  }

  /** A name and its colon. With `next` it takes the place of the name before it in the path. */
  private readName(next: boolean): void {
    const unit = this.skipBlanks();
    if (next) this.path.pop();
    if (unit !== QUOTE) throw this.notAName(unit);
    const start = this.offset;
    const members = this.memberCounts.pop()! + 1;
    if (members > JSON_FIELDS_MAX) {
      throw new Stop('json-fields', start, `This object has more than ${JSON_FIELDS_MAX} members; here is the next.`);
    }
    this.memberCounts.push(members);
    const plain = this.readString();
    const raw = this.text.slice(start, this.offset);
    this.path.push(plain ? raw.slice(1, -1) : (JSON.parse(raw) as string));
    this.visitor.name(start, this.offset, this.path);
    const after = this.skipBlanks();
    if (after === END) throw this.end('a colon and a value');
    if (after === SLASH) throw this.comment();
    if (after !== COLON)
      throw new Stop('json-token', this.offset, `A colon is due after a name; found ${this.shown()}.`);
    this.offset += 1;
  }

  private readScalar(unit: number): void {
    const start = this.offset;
    if (unit === QUOTE) this.readString();
    else if (isDigit(unit) || unit === MINUS) this.readNumber();
    else this.readLiteral(unit);
    this.visitor.value(start, this.offset, this.path);
  }

  /** True when the string has no escapes, so that its text is what stands between its quotes. */
  private readString(): boolean {
    const { text } = this;
    const length = text.length;
    const open = this.offset;
    let plain = true;
    for (let offset = open + 1; offset < length; offset++) {
      const unit = text.charCodeAt(offset);
      if (unit === QUOTE) {
        this.offset = offset + 1;
        return plain;
      }
      if (unit < 0x20) {
        const detail = `A string cannot hold the control character ${unitName(unit)} as it is; write it as an escape.`;
        throw new Stop('json-string', offset, detail);
      }
      if (unit !== BACKSLASH) continue;
      plain = false;
      offset += this.escapeUnits(offset) - 1;
    }
    throw new Stop('json-end', open, 'The string that begins here is never closed.');
  }

  /** Length of the escape whose backslash stands at `offset`. */
  private escapeUnits(offset: number): number {
    if (offset + 1 === this.text.length) return 1;
    const kind = this.text.charAt(offset + 1);
    if (SIMPLE_ESCAPES.includes(kind)) return 2;
    if (kind === 'u' && isHex4(this.text, offset + 2)) return 6;
    const detail = 'This is no JSON escape: those are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX.';
    throw new Stop('json-string', offset, detail);
  }

  private readNumber(): void {
    const start = this.offset;
    if (this.unit() === MINUS) this.offset += 1;
    if (isLetter(this.unit())) throw this.literal(start);
    if (this.unit() === ZERO) this.offset += 1;
    else this.readDigits(start);
    if (this.unit() === DOT) {
      this.offset += 1;
      this.readDigits(start);
    }
    if ((this.unit() | 0x20) === 0x65) {
      this.offset += 1;
      if (this.unit() === 0x2b || this.unit() === MINUS) this.offset += 1;
      this.readDigits(start);
    }
    const after = this.unit();
    if (isDigit(after) || isLetter(after) || after === DOT) throw this.wrongNumber(start);
  }

  private readDigits(start: number): void {
    if (!isDigit(this.unit())) throw this.wrongNumber(start);
    while (isDigit(this.unit())) this.offset += 1;
  }

  private readLiteral(unit: number): void {
    for (const literal of ['true', 'false', 'null']) {
      const end = this.offset + literal.length;
      if (!this.text.startsWith(literal, this.offset) || isLetter(this.text.charCodeAt(end))) continue;
      this.offset = end;
      return;
    }
    if (unit === END) throw this.end('a value');
    if (isLetter(unit)) throw this.literal(this.offset);
    if (unit === SLASH) throw this.comment();
    if (unit === 0x2b || unit === DOT) throw this.wrongNumber(this.offset);
    if (unit === 0x27) throw new Stop('json-string', this.offset, 'JSON strings stand in double quotes.');
    throw new Stop('json-token', this.offset, `A value is due; found ${this.shown()}.`);
  }

  /** The unit at the offset after blanks; END at the end of the text. */
  private skipBlanks(): number {
    const { text } = this;
    const length = text.length;
    let offset = this.offset;
    let unit = END;
    for (; offset < length; offset++) {
      unit = text.charCodeAt(offset);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break;
    }
    this.offset = offset;
    return offset < length ? unit : END;
  }

  private unit(): number {
    return this.offset < this.text.length ? this.text.charCodeAt(this.offset) : END;
  }

  private end(due: string): Stop {
    return new Stop('json-end', this.offset, `The text ends where ${due} should follow.`);
  }

  private comment(): Stop {
    return new Stop('json-comment', this.offset, 'JSON has no comments.');
  }

  private wrongNumber(start: number): Stop {
    const detail =
      'This is no JSON number: digits without a leading zero or plus, then perhaps a fraction and an exponent.';
    return new Stop('json-number', start, detail);
  }

  private literal(start: number): Stop {
    let end = start + 1;
    while (isLetter(this.text.charCodeAt(end)) && end - start < WORD_SHOWN_CHARS_MAX) end += 1;
    const word = this.text.slice(start, end);
    return new Stop('json-literal', start, `"${word}" is no JSON value; the words of JSON are true, false and null.`);
  }

  private betweenValues(unit: number, closer: number): Stop {
    const due = closer === BRACKET_CLOSE ? 'a comma or "]"' : 'a comma or "}"';
    if (unit === END) return this.end(due);
    if (unit === SLASH) return this.comment();
    return new Stop('json-token', this.offset, `After this value ${due} is due; found ${this.shown()}.`);
  }

  private notAName(unit: number): Stop {
    if (unit === END) return this.end('a name or "}"');
    if (unit === SLASH) return this.comment();
    return new Stop('json-token', this.offset, `A name in double quotes is due; found ${this.shown()}.`);
  }

  /** The unit at the offset, for a message. */
  private shown(): string {
    const unit = this.unit();
    return unit > 0x20 && unit < 0x7f ? `"${String.fromCharCode(unit)}"` : unitName(unit);
  }
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** A letter of an unquoted word: ASCII letters, "_" and "$". */
function isLetter(unit: number): boolean {
  return (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a) || unit === 0x5f || unit === 0x24;
}

function isHex4(text: string, start: number): boolean {
  for (let offset = start; offset < start + 4; offset++) {
    if (offset >= text.length || !HEX_DIGITS.includes(text.charAt(offset))) return false;
  }
  return true;
}

function unitName(unit: number): string {
  if (unit === 0xfeff) return 'a byte order mark (U+FEFF)';
  return `U+${unit.toString(16).toUpperCase().padStart(4, '0')}`;
}
