import type { JsonErrorCode } from './json-error-codes.ts';
import { pointerOf, type PathSegment, type PlacedFault } from './places.ts';
import { walkJson, type JsonVisitor } from './walk-json.ts';

/**
 * Everything that strict reading refuses in a text, with its place: the first breach of the grammar ends the search; repeated and
 * forbidden names, numbers beyond a double and lone surrogates are all found on the way. For texts that the quick reading refused.
 */

export interface JsonFaults {
  /** The first `faultsMax` in the order of the text. */
  readonly faults: readonly PlacedFault<JsonErrorCode>[];
  readonly faultCount: number;
  /** False after a breach of the grammar: such a text has no value. */
  readonly isJson: boolean;
}

export interface JsonFaultLimits {
  readonly depthMax: number;
  readonly faultsMax: number;
}

export function findJsonFaults(text: string, limits: JsonFaultLimits): JsonFaults {
  const finder = new FaultFinder(text, limits.faultsMax);
  const stop = walkJson(text, limits.depthMax, finder);
  if (stop !== undefined) finder.add(stop.code, stop.offset, stop.path, stop.detail);
  return { faults: finder.faults, faultCount: finder.faultCount, isJson: stop === undefined };
}

const QUOTE = 0x22;
const BRACE_OPEN = 0x7b;

class FaultFinder implements JsonVisitor {
  readonly faults: PlacedFault<JsonErrorCode>[] = [];
  faultCount = 0;
  private readonly text: string;
  private readonly faultsMax: number;
  /** Names seen in the open object whose members have paths of that length. */
  private readonly seenNames: Set<PathSegment>[] = [];

  constructor(text: string, faultsMax: number) {
    this.text = text;
    this.faultsMax = faultsMax;
  }

  value(start: number, end: number, path: readonly PathSegment[]): void {
    const unit = this.text.charCodeAt(start);
    if (unit === BRACE_OPEN) this.seenNames[path.length + 1] = new Set();
    else if (unit === QUOTE) this.checkString(start, end, path);
    else if ((unit >= 0x30 && unit <= 0x39) || unit === 0x2d) this.checkNumber(start, end, path);
  }

  name(start: number, end: number, path: readonly PathSegment[]): void {
    const name = path.at(-1)!;
    const seen = this.seenNames[path.length]!;
    if (seen.has(name)) this.add('duplicate-field', start, path, 'This name stands twice in the same object.');
    seen.add(name);
    if (name === '__proto__' || (name === 'prototype' && path.at(-2) === 'constructor')) {
      this.add('forbidden-field', start, path, 'This name reaches the prototype of objects and is never taken.');
    }
    this.checkString(start, end, path);
  }

  add(code: JsonErrorCode, offset: number, path: readonly PathSegment[], detail: string): void {
    this.faultCount += 1;
    if (this.faults.length < this.faultsMax) this.faults.push({ pointer: pointerOf(path), offset, code, detail });
  }

  private checkNumber(start: number, end: number, path: readonly PathSegment[]): void {
    if (Number.isFinite(Number(this.text.slice(start, end)))) return;
    this.add('number-not-finite', start, path, 'This number is larger than a 64-bit float can hold.');
  }

  private checkString(start: number, end: number, path: readonly PathSegment[]): void {
    const raw = this.text.slice(start, end);
    const value = raw.includes('\\') ? (JSON.parse(raw) as string) : raw;
    if (value.isWellFormed()) return;
    this.add('lone-surrogate', start, path, 'This string holds half of a surrogate pair, which is no character.');
  }
}
