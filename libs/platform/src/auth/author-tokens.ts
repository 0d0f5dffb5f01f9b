import { SignJWT, type CryptoKey } from 'jose';
import { assert, type Clock } from '@waymark/base';
import { readIfThere, replaceFile } from './private-file.ts';
import type { Keyring } from './keyring.ts';
import { TOKEN_ISSUER, TokenCheck, type TokenRefusal } from './token-check.ts';

/** Bearer tokens of authors and operators: JWTs with scopes, signed by our own Ed25519 key, or by whoever WAYMARK_AUTHOR_KEYS trusts. Called by the command app on every request, by the gateway for spectators. */
export const SCOPES = ['quests:write', 'games:operate'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Author {
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

export type AuthorVerdict = { readonly ok: true; readonly author: Author } | TokenRefusal;

/** The verdict is made once, so that a token in daily use costs no object. */
interface CheckedAuthor {
  readonly verdict: { readonly ok: true; readonly author: Author };
  readonly expiresAtMs: number;
}

export const AUTHOR_AUDIENCE = 'waymark:authors';
const REMEMBERED_MAX = 1_024;
const SUBJECT_CHARS_MAX = 128;
const DEV_SUBJECT = 'dev';
const DEV_TOKEN_SECONDS = 90 * 24 * 3600;
/** A development token with less than this left is replaced at start. */
const DEV_TOKEN_RENEW_SECONDS = 30 * 24 * 3600;

export class AuthorTokens {
  private readonly privateKey: CryptoKey | null;
  private readonly clock: Clock;
  private readonly check: TokenCheck<CheckedAuthor>;

  constructor(keyring: Keyring, clock: Clock) {
    this.privateKey = keyring.authorPrivate;
    this.clock = clock;
    this.check = new TokenCheck<CheckedAuthor>({
      audience: AUTHOR_AUDIENCE,
      ...keyring.authors,
      what: 'author token',
      rememberedMax: REMEMBERED_MAX,
      clock,
      read: ({ sub, scope, exp }) => {
        if (typeof sub !== 'string' || sub.length === 0 || sub.length > SUBJECT_CHARS_MAX) return undefined;
        if (typeof scope !== 'string') return undefined;
        const author = { subject: sub, scopes: new Set(scope.split(' ').filter(Boolean)) };
        return { verdict: { ok: true, author }, expiresAtMs: exp * 1000 };
      },
    });
  }

  verify(token: string): AuthorVerdict | Promise<AuthorVerdict> {
    const found = this.check.verify(token);
    if (found instanceof Promise) return found.then((verdict) => (verdict.ok ? verdict.claims.verdict : verdict));
    return found.ok ? found.claims.verdict : found;
  }

  /** Only with a private author key. */
  issue(subject: string, scopes: readonly Scope[], seconds: number): Promise<string> {
    assert(this.privateKey !== null, 'tokens of authors are issued by whoever has the private key');
    const nowSeconds = Math.floor(this.clock.now() / 1000);
    return new SignJWT({ scope: scopes.join(' ') })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(AUTHOR_AUDIENCE)
      .setSubject(subject)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + seconds)
      .sign(this.privateKey);
  }

  /** Leaves a token of the author `dev`, with every scope, in `path`; one that is there and good for a month yet stays. */
  async writeDevToken(path: string): Promise<void> {
    const there = (await readIfThere(path))?.trim();
    if (there !== undefined) {
      const verdict = await this.check.verify(there);
      if (verdict.ok && verdict.claims.expiresAtMs > this.clock.now() + DEV_TOKEN_RENEW_SECONDS * 1000) return;
    }
    await replaceFile(path, `${await this.issue(DEV_SUBJECT, SCOPES, DEV_TOKEN_SECONDS)}\n`);
  }
}
