/**
 * Where in a text a thing stands: offsets (UTF-16 code units from 0) become the lines and columns that editors show, paths become
 * RFC 6901 pointers. Only texts with faults come here.
 */

/** One fault of a JSON text, where its author can find it. */
export interface PlacedError<Code extends string = string> {
  /** RFC 6901; '' is the whole document. */
  readonly pointer: string;
  /** From 1; "\n", "\r\n" and a lone "\r" end a line. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** Kebab-case and stable. */
  readonly code: Code;
  /** A sentence for people. */
  readonly detail: string;
}

/** A fault before its place is known as line and column. */
export interface PlacedFault<Code extends string = string> {
  readonly pointer: string;
  readonly offset: number;
  readonly code: Code;
  readonly detail: string;
}

export type PathSegment = string | number;

/** A hostile name may be as long as the body, and a hundred errors would repeat it: in a pointer it is cut. */
const NAME_SHOWN_CHARS_MAX = 100;

/** RFC 6901: "~" and "/" of a segment are escaped. A name over 100 code units is cut there and ends in "…". */
export function pointerOf(path: readonly PathSegment[]): string {
  let pointer = '';
  for (const segment of path) {
    pointer += '/';
    pointer += typeof segment === 'number' ? segment : shortName(segment).replaceAll('~', '~0').replaceAll('/', '~1');
  }
  return pointer;
}

/** The name, well formed and not longer than a message should carry. */
export function shortName(name: string): string {
  const shown = name.length > NAME_SHOWN_CHARS_MAX ? `${name.slice(0, NAME_SHOWN_CHARS_MAX)}…` : name;
  return shown.toWellFormed();
}

/** The faults in the order of the text, with lines and columns: one pass over the text for all of them. */
export function placeFaults<Code extends string>(
  text: string,
  faults: readonly PlacedFault<Code>[],
): PlacedError<Code>[] {
  const sorted = faults.toSorted((a, b) => a.offset - b.offset);
  const placed: PlacedError<Code>[] = [];
  let line = 1;
  let lineStart = 0;
  let offset = 0;
  for (const fault of sorted) {
    for (; offset < fault.offset; offset++) {
      const unit = text.charCodeAt(offset);
      const endsLine = unit === 0x0a || (unit === 0x0d && text.charCodeAt(offset + 1) !== 0x0a);
      if (!endsLine) continue;
      line += 1;
      lineStart = offset + 1;
    }
    const { pointer, code, detail } = fault;
    placed.push({ pointer, line, column: fault.offset - lineStart + 1, code, detail });
  }
  return placed;
}
