import { assert, JSON_FIELDS_MAX } from '@waymark/base';

/**
 * The quick look at a JSON text before JSON.parse: how deep it nests and how many members its objects have. It allocates
 * nothing, runs in linear time on any text, and believes what it sees: on a text that is not JSON its figures mean nothing, but it
 * ends. Depth is known before JSON.parse, so that no later walk over the value can run out of stack; the member count is compared
 * with the members of the parsed value, where a repeated name is missing.
 */

/** What a caller may ask for at most; each open array or object is a stack frame of later walks. */
export const DEPTH_MAX_OF_ANY = 64;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** Members so far of the open object at each depth. One for all calls: a call neither waits nor calls back. */
const membersAtDepth = new Int32Array(DEPTH_MAX_OF_ANY + 1);

/**
 * The member count of the text, or -1 when it nests deeper than `depthMax` (at most DEPTH_MAX_OF_ANY) or one object has more members than
 * JSON_FIELDS_MAX.
 */
export function countMembers(text: string, depthMax: number): number {
  assert(depthMax <= DEPTH_MAX_OF_ANY, 'a nesting limit is at most DEPTH_MAX_OF_ANY');
  const length = text.length;
  let depth = 0;
  membersAtDepth[0] = 0;
  let members = 0;
  for (let offset = 0; offset < length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit === QUOTE) {
      offset = stringEnd(text, offset);
      if (offset < 0) return members;
    } else if (unit === COLON) {
      members += 1;
      membersAtDepth[depth]! += 1;
      if (membersAtDepth[depth]! > JSON_FIELDS_MAX) return -1;
    } else if (unit === BRACKET_OPEN || unit === BRACE_OPEN) {
      depth += 1;
      if (depth > depthMax) return -1;
      membersAtDepth[depth] = 0;
    } else if ((unit === BRACKET_CLOSE || unit === BRACE_CLOSE) && depth > 0) depth -= 1;
  }
  return members;
}

/** Offset of the quote that closes the string opened at `open`, or -1. A run of backslashes is looked at once, so time stays linear. */
export function stringEnd(text: string, open: number): number {
  let end = open;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return -1;
    if (text.charCodeAt(end - 1) !== BACKSLASH) return end;
    let first = end - 1;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
}
