import { assert, DOCUMENT_ERRORS_MAX, JSON_DEPTH_MAX } from '@waymark/base';
import { findJsonFaults } from './json-faults.ts';
import type { JsonErrorCode } from './json-error-codes.ts';
import { placeFaults, type PlacedError } from './places.ts';
import { countMembers } from './scan-json.ts';

/**
 * The strict reading of JSON for every body that Waymark takes: RFC 8259 and nothing beside it, and further no repeated names, no names
 * that reach a prototype, no number that a double cannot hold, no lone surrogate, no nesting past a limit. A good text, the common case,
 * costs one scan, the native JSON.parse and one walk over the value. Only a text with something wrong is read again by hand
 * (json-faults.ts), which knows the places. Safe for hostile texts: linear time, and never a stack deeper than the nesting allowed.
 * The command app calls it for each request; bytes are decoded by the caller, who refuses invalid UTF-8.
 */

export interface StrictJsonOptions {
  /** Arrays and objects within each other; JSON_DEPTH_MAX when not given. */
  readonly depthMax?: number;
}

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      /** In the order of the text, at most DOCUMENT_ERRORS_MAX. */
      readonly errors: readonly PlacedError<JsonErrorCode>[];
      readonly errorCount: number;
    };

export function parseStrictJson(text: string, options?: StrictJsonOptions): StrictJson {
  const depthMax = options?.depthMax ?? JSON_DEPTH_MAX;
  const value = readStrictly(text, depthMax);
  if (value !== undefined) return { ok: true, value };
  const { faults, faultCount } = findJsonFaults(text, { depthMax, faultsMax: DOCUMENT_ERRORS_MAX });
  assert(faultCount > 0, 'a JSON text that the quick reading refuses has a fault with a place');
  return { ok: false, errors: placeFaults(text, faults), errorCount: faultCount };
}

/** The value of a text with nothing wrong in it; undefined (which JSON cannot say) for any other. */
export function readStrictly(text: string, depthMax: number): unknown {
  const members = countMembers(text, depthMax);
  if (members < 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return membersLeft(value, members, !isSurelyWellFormed(text)) === 0 ? value : undefined;
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** False when a string in the text may hold a lone surrogate, as it is or as an escape. */
function isSurelyWellFormed(text: string): boolean {
  return text.isWellFormed() && !(text.includes('\\u') && SURROGATE_ESCAPE.test(text));
}

/**
 * Takes the members of `value` from `members`: 0 is left when no name was repeated. NaN when something in it is not strict.
 * Recursive: the scan has bounded the depth.
 */
function membersLeft(value: unknown, members: number, checkStrings: boolean): number {
  if (typeof value === 'string') return checkStrings && !value.isWellFormed() ? NaN : members;
  if (typeof value === 'number') return Number.isFinite(value) ? members : NaN;
  if (typeof value !== 'object' || value === null) return members;
  let left = members;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) left = membersLeft(value[index], left, checkStrings);
    return left;
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const name in record) {
    if (isForbiddenMember(name, record[name]) || (checkStrings && !name.isWellFormed())) return NaN;
    left = membersLeft(record[name], left - 1, checkStrings);
  }
  return left;
}

/** `__proto__`, and a `constructor` with a `prototype` in it: what a careless merge turns into a change of every object. */
function isForbiddenMember(name: string, value: unknown): boolean {
  if (name === '__proto__') return true;
  return name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}
