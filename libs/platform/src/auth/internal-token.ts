import { SignJWT, type JWTPayload } from 'jose';
import type { Clock } from '@waymark/base';
import type { Keyring } from './keyring.ts';
import { TOKEN_ISSUER } from './token-check.ts';

/** Signs the tokens that Waymark hands to itself and to players, with the internal secret. For tickets.ts, sessions.ts, service-tokens.ts. */
export function signInternal(
  keyring: Keyring,
  clock: Clock,
  token: { readonly audience: string; readonly claims: JWTPayload; readonly expiresAtSeconds: number },
): Promise<string> {
  return new SignJWT(token.claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(token.audience)
    .setIssuedAt(Math.floor(clock.now() / 1000))
    .setExpirationTime(token.expiresAtSeconds)
    .sign(keyring.internal);
}

/** A claim that names a row or a revision: a whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
