import type { PlaceCode } from '../place-codes.ts';
import { Problem } from '../problems.ts';
import { shown } from './request-faults.ts';

/**
 * Rules for the head of every request of both apps. A header that means something once must stand once: of the first three Node keeps the
 * first and drops the others without a word, and whatever stands in front of Waymark may have gone by the last; ours it joins to one that
 * nobody sent. Called 2,000 times a second for reach: nothing is made on the way.
 */
const SINGLE_HEADERS = [
  'Authorization',
  'Content-Type',
  'Host',
  'Idempotency-Key',
  'If-Match',
  'Waymark-Sent-At',
] as const;
const SINGLE_NAMES: readonly string[] = SINGLE_HEADERS.map((name) => name.toLowerCase());

/** What is looked at of a FastifyRequest. */
export interface HeadOfRequest {
  readonly url: string;
  readonly query: unknown;
  readonly raw: { readonly rawHeaders: readonly string[] };
}

/** Throws Problem. */
export function refuseRepeatedHeaders({ raw: { rawHeaders } }: HeadOfRequest): void {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const single = singleHeader(rawHeaders[i]!);
    if (single < 0) continue;
    if ((seen & (1 << single)) !== 0) throw repeated(SINGLE_HEADERS[single]!);
    seen |= 1 << single;
  }
}

/** For addresses that take no query. Throws Problem. */
export function refuseQuery({ query, url }: HeadOfRequest): void {
  if (!url.includes('?')) return;
  const code: PlaceCode = 'unknown-parameter';
  const errors = Object.keys(query as object).map((name) => ({
    parameter: shown(name),
    code,
    detail: 'This address takes no query fields.',
  }));
  if (errors.length > 0) throw new Problem('invalid-request', 'the query breaks a rule', { errors });
}

/** Index in SINGLE_HEADERS, or -1. */
function singleHeader(name: string): number {
  for (let single = 0; single < SINGLE_NAMES.length; single++) {
    if (isSameName(name, SINGLE_NAMES[single]!)) return single;
  }
  return -1;
}

/** Without toLowerCase, which makes a string of each name with a capital. No other byte of a header's name becomes a letter or - by this bit. */
function isSameName(name: string, lowerCase: string): boolean {
  if (name.length !== lowerCase.length) return false;
  for (let i = 0; i < name.length; i++) {
    if ((name.charCodeAt(i) | 0x20) !== lowerCase.charCodeAt(i)) return false;
  }
  return true;
}

function repeated(parameter: string): Problem {
  const code: PlaceCode = 'repeated-header';
  const detail = `${parameter} must stand once; which of several was meant cannot be known.`;
  return new Problem('invalid-request', `${parameter} breaks a rule`, { errors: [{ parameter, code, detail }] });
}
