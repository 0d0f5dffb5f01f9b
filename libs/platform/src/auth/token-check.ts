import { errors, jwtVerify, type CryptoKey, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '@waymark/base';

/**
 * Checks signed tokens of one kind (key or set of keys, algorithms, issuer and audience) and remembers what it found, so that a token in daily use costs
 * a Map lookup instead of a signature check. Only tokens that verified are remembered: forged ones cannot push good ones out, and
 * expiry is looked at each time. Used by the token classes beside it.
 */
export type Verdict<Claims> = { readonly ok: true; readonly claims: Claims } | TokenRefusal;

export interface TokenRefusal {
  readonly ok: false;
  readonly code: TokenRefusalCode;
  /** A sentence for the caller; holds nothing of the token. */
  readonly detail: string;
}

/** malformed: no token of ours at all. untrusted: signed by another key, or meant for something else. expired: was good once. */
export type TokenRefusalCode = 'malformed' | 'untrusted' | 'expired';

export const TOKEN_ISSUER = 'waymark';
/** Ours have under 600 characters; a longer one is refused before any work is spent on it. */
const TOKEN_CHARS_MAX = 4_096;
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface TokenCheckOptions<Claims> {
  readonly key: CryptoKey | Uint8Array | JWTVerifyGetKey;
  readonly algorithms: readonly string[];
  /** 'waymark' unless given. */
  readonly issuer?: string;
  readonly audience: string;
  /** In words, for refusals: 'session token'. */
  readonly what: string;
  /** Tokens remembered; 0 for tokens that are shown once. */
  readonly rememberedMax: number;
  readonly clock: Clock;
  /** Takes the claims apart; undefined when one is missing or of the wrong type. */
  readonly read: (payload: JWTPayload & { readonly exp: number }) => Claims | undefined;
}

interface Remembered<Claims> {
  readonly verdict: { readonly ok: true; readonly claims: Claims };
  readonly expiresAtMs: number;
}

export class TokenCheck<Claims> {
  private readonly options: TokenCheckOptions<Claims>;
  private readonly remembered: LRUCache<string, Remembered<Claims>> | undefined;

  constructor(options: TokenCheckOptions<Claims>) {
    this.options = options;
    this.remembered = options.rememberedMax > 0 ? new LRUCache({ max: options.rememberedMax }) : undefined;
  }

  /** Answers at once, without a promise, for a token that was seen before. */
  verify(token: string): Verdict<Claims> | Promise<Verdict<Claims>> {
    const known = this.remembered?.get(token);
    if (known === undefined) return this.verifyUnknown(token);
    if (known.expiresAtMs > this.options.clock.now()) return known.verdict;
    this.remembered?.delete(token);
    return this.refuse('expired', 'has expired');
  }

  private async verifyUnknown(token: string): Promise<Verdict<Claims>> {
    const { algorithms, audience, clock, issuer = TOKEN_ISSUER, key, read } = this.options;
    if (token.length > TOKEN_CHARS_MAX || !COMPACT_JWS.test(token))
      return this.refuse('malformed', 'is not a signed token');
    try {
      const payload = await verifiedPayload(token, key, {
        algorithms: [...algorithms],
        issuer,
        audience,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.now()),
      });
      const exp = payload.exp!;
      const claims = read({ ...payload, exp });
      if (claims === undefined) return this.refuse('malformed', 'lacks a claim that it must have');
      const verdict = { ok: true, claims } as const;
      this.remembered?.set(token, { verdict, expiresAtMs: exp * 1000 });
      return verdict;
    } catch (error) {
      return this.explain(error);
    }
  }

  private explain(error: unknown): TokenRefusal {
    if (error instanceof errors.JWTExpired) return this.refuse('expired', 'has expired');
    if (error instanceof errors.JWTClaimValidationFailed) {
      return this.refuse('untrusted', `is not meant for this (claim ${error.claim})`);
    }
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
      return this.refuse('untrusted', 'is signed by another key');
    if (error instanceof errors.JOSEAlgNotAllowed)
      return this.refuse('untrusted', 'is signed by an algorithm that is not allowed');
    if (error instanceof errors.JOSEError) return this.refuse('malformed', 'is not a signed token');
    throw error;
  }

  private refuse(code: TokenRefusalCode, how: string): TokenRefusal {
    return { ok: false, code, detail: `the ${this.options.what} ${how}` };
  }
}

/** Of a set in which several keys fit a token that names none (no `kid`), each is tried. */
async function verifiedPayload(
  token: string,
  key: TokenCheckOptions<unknown>['key'],
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  if (typeof key !== 'function') return (await jwtVerify(token, key, options)).payload;
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const one of error) {
      try {
        return (await jwtVerify(token, one, options)).payload;
      } catch (inner) {
        if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}
