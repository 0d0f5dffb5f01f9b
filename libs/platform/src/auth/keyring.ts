import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { systemRandom } from '../system.ts';
import { createOrRead, readIfThere } from './private-file.ts';

/**
 * The keys of one deployment, in DATA_DIR/keys: `author.jwk` (Ed25519, signs and checks authors' tokens) and `internal.jwk` (a secret of
 * 256 bits for tickets, sessions and service tokens). The command app makes them on first start, the gateway waits for them.
 */
export interface Keyring {
  readonly authorPrivate: CryptoKey;
  readonly authorPublic: CryptoKey;
  readonly internal: CryptoKey | Uint8Array;
}

/** A key file cannot be used, or did not come in time. One sentence, with the file. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}

const AUTHOR_ALG = 'EdDSA';
const INTERNAL_ALG = 'HS256';
const INTERNAL_SECRET_BYTES = 32;
const WAIT_STEP_MS = 25;

/** Reads the keys of `keysDir`, and makes those that are missing. */
export async function openKeyring(keysDir: string): Promise<Keyring> {
  const author = await createOrRead(authorPath(keysDir), makeAuthorKey);
  const internal = await createOrRead(internalPath(keysDir), makeInternalKey);
  return importKeyring(keysDir, author, internal);
}

/** Reads the keys of `keysDir` as soon as the command app has made them. Throws KeyringError after `deadlineMs`. */
export async function waitForKeyring(keysDir: string, deadlineMs: number): Promise<Keyring> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const author = await readIfThere(authorPath(keysDir));
    const internal = await readIfThere(internalPath(keysDir));
    if (author !== undefined && internal !== undefined) return importKeyring(keysDir, author, internal);
    if (performance.now() >= until) {
      throw new KeyringError(
        `no keys in ${keysDir} after ${deadlineMs} ms; the command app makes them on its first start`,
      );
    }
    await sleep(WAIT_STEP_MS);
  }
}

async function importKeyring(keysDir: string, author: string, internal: string): Promise<Keyring> {
  const authorJwk = readJwk(authorPath(keysDir), author, 'OKP');
  const internalJwk = readJwk(internalPath(keysDir), internal, 'oct');
  const { kty, crv, x } = authorJwk;
  try {
    return {
      authorPrivate: (await importJWK(authorJwk, AUTHOR_ALG)) as CryptoKey,
      authorPublic: (await importJWK({ kty: kty!, crv: crv!, x: x! }, AUTHOR_ALG)) as CryptoKey,
      internal: await importJWK(internalJwk, INTERNAL_ALG),
    };
  } catch (error) {
    throw new KeyringError(`a key in ${keysDir} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function readJwk(path: string, text: string, kty: string): JWK {
  let jwk: JWK | undefined;
  try {
    jwk = JSON.parse(text) as JWK;
  } catch {
    jwk = undefined;
  }
  const whole = kty === 'OKP' ? jwk?.crv === 'Ed25519' && jwk.x && jwk.d : secretBytes(jwk) >= INTERNAL_SECRET_BYTES;
  if (jwk?.kty === kty && whole) return jwk;
  throw new KeyringError(
    `${path} is not the key that Waymark wrote; restore it from a backup, or remove it to have a new one made (tokens of the old one end)`,
  );
}

function secretBytes(jwk: JWK | undefined): number {
  return typeof jwk?.k === 'string' ? Buffer.from(jwk.k, 'base64url').length : 0;
}

async function makeAuthorKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(AUTHOR_ALG, { extractable: true });
  return JSON.stringify({ ...(await exportJWK(privateKey)), alg: AUTHOR_ALG, use: 'sig' });
}

async function makeInternalKey(): Promise<string> {
  const k = Buffer.from(systemRandom.bytes(INTERNAL_SECRET_BYTES)).toString('base64url');
  return JSON.stringify({ kty: 'oct', k, alg: INTERNAL_ALG, use: 'sig' });
}

const authorPath = (keysDir: string): string => join(keysDir, 'author.jwk');
const internalPath = (keysDir: string): string => join(keysDir, 'internal.jwk');
