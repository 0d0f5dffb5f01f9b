import { assert } from '@waymark/base';
import { pointerOf, type PathSegment, type PlacedFault } from './places.ts';
import { stringEnd } from './scan-json.ts';

/**
 * Finds where in a text the things stand that a check of the parsed value complained about. The paths become a tree, and one walk over
 * the text looks them all up.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** Something to say of a value, or of the name of a member, before its place in the text is known. */
export interface Remark<Code extends string = string> {
  readonly path: readonly PathSegment[];
  readonly anchor: 'value' | 'name';
  readonly code: Code;
  readonly detail: string;
}

/** Only for a text that JSON.parse takes, with nesting that has been checked. */
export function locateRemarks<Code extends string>(
  text: string,
  remarks: readonly Remark<Code>[],
): PlacedFault<Code>[] {
  const root = new Wanted();
  const wanted = remarks.map(({ path }) => path.reduce((at: Wanted, segment) => at.step(segment), root));
  new Locator(text).locate(root);
  return remarks.map(({ path, anchor, code, detail }, index) => {
    const offset = anchor === 'name' ? wanted[index]!.nameOffset : wanted[index]!.valueOffset;
    assert(offset >= 0, `every remark is about something in the text, also ${pointerOf(path)}`);
    return { pointer: pointerOf(path), offset, code, detail };
  });
}

/** One step of a path that is looked for. With repeated names the last occurrence stays, as in JSON.parse. */
class Wanted {
  nameOffset = -1;
  valueOffset = -1;
  readonly steps = new Map<PathSegment, Wanted>();

  step(segment: PathSegment): Wanted {
    let step = this.steps.get(segment);
    if (step === undefined) this.steps.set(segment, (step = new Wanted()));
    return step;
  }
}

/**
 * Goes through a text that is known to be JSON, so it looks only at brackets, commas and quotes. Recursive along wanted paths, whose
 * length the strict reading has bounded; what is not wanted is skipped in a loop.
 */
class Locator {
  private readonly text: string;
  private offset = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Notes the places of all that is wanted in the value that comes next, and goes past it. */
  locate(wanted: Wanted): void {
    const opener = this.skipBlanks();
    wanted.valueOffset = this.offset;
    if (wanted.steps.size === 0 || (opener !== BRACKET_OPEN && opener !== BRACE_OPEN)) return this.skipValue();
    this.offset += 1;
    for (let index = 0; ; index++) {
      const unit = this.skipBlanks();
      if (unit === BRACKET_CLOSE || unit === BRACE_CLOSE) break;
      const step = wanted.steps.get(opener === BRACKET_OPEN ? index : this.readName(wanted));
      if (step === undefined) this.skipValue();
      else this.locate(step);
      if (this.skipBlanks() === COMMA) this.offset += 1;
    }
    this.offset += 1;
  }

  /** The member's name, past its colon. */
  private readName(wanted: Wanted): string {
    const start = this.offset;
    const end = stringEnd(this.text, start) + 1;
    const name = JSON.parse(this.text.slice(start, end)) as string;
    const step = wanted.steps.get(name);
    if (step !== undefined) step.nameOffset = start;
    this.offset = end;
    this.skipBlanks();
    this.offset += 1;
    return name;
  }

  /** To the comma or closing bracket after the value that comes next. */
  private skipValue(): void {
    const { text } = this;
    const length = text.length;
    let depth = 0;
    for (let offset = this.offset; offset < length; offset++) {
      const unit = text.charCodeAt(offset);
      if (unit === QUOTE) offset = stringEnd(text, offset);
      else if (unit === BRACKET_OPEN || unit === BRACE_OPEN) depth += 1;
      else if (unit === COMMA || unit === BRACKET_CLOSE || unit === BRACE_CLOSE) {
        if (depth === 0) {
          this.offset = offset;
          return;
        }
        if (unit !== COMMA) depth -= 1;
      }
    }
    this.offset = length;
  }

  /** The unit at the offset after blanks. */
  private skipBlanks(): number {
    let unit = this.text.charCodeAt(this.offset);
    while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) {
      this.offset += 1;
      unit = this.text.charCodeAt(this.offset);
    }
    return unit;
  }
}
