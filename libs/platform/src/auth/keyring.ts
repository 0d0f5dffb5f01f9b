import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { systemRandom } from '../system.ts';
import { NO_GIVEN_KEYS, readGivenFile, readTrusted, type GivenKeys, type TrustedAuthors } from './given-keys.ts';
import { KeyringError } from './keyring-error.ts';
import { createOrRead, readIfThere } from './private-file.ts';

/**
 * The keys of one deployment: `author.jwk` (Ed25519, signs and checks authors' tokens) and `internal.jwk` (a secret of 256 bits for tickets,
 * sessions and service tokens). They lie in DATA_DIR/keys, where the command app makes them on first start and the gateway waits for them;
 * or they are given (given-keys.ts), and then nothing is made. All processes of a deployment have the same.
 */
export interface Keyring {
  /** Null where only public keys are given: then others issue the authors' tokens. */
  readonly authorPrivate: CryptoKey | null;
  readonly authors: TrustedAuthors;
  readonly internal: CryptoKey | Uint8Array;
  /** The author key is one that Waymark made: a development token may be signed with it. */
  readonly ownsAuthorKey: boolean;
}

const AUTHOR_ALG = 'EdDSA';
const INTERNAL_ALG = 'HS256';
const INTERNAL_SECRET_BYTES = 32;
const WAIT_STEP_MS = 25;
const MEND_OWN = 'restore it from a backup, or remove it to have a new one made (tokens of the old one end)';
const MEND_GIVEN = 'docs/operations.md says how to make one';

/** The given keys, and of those that are not given what is in `keysDir`; what is missing there is made. Throws KeyringError. */
export function openKeyring(keysDir: string, given = NO_GIVEN_KEYS): Promise<Keyring> {
  return assemble(keysDir, given, {
    author: () => createOrRead(authorPath(keysDir), makeAuthorKey),
    internal: () => createOrRead(internalPath(keysDir), makeInternalKey),
  });
}

/**
 * As openKeyring, but makes nothing: what is not given is read as soon as the command app has made it. Throws KeyringError after
 * `deadlineMs`.
 */
export function waitForKeyring(
  keysDir: string,
  deadlineMs: number,
  signal?: AbortSignal,
  given = NO_GIVEN_KEYS,
): Promise<Keyring> {
  const until = performance.now() + deadlineMs;
  const waitFor = async (path: string): Promise<string> => {
    for (;;) {
      const text = await readIfThere(path);
      if (text !== undefined) return text;
      if (performance.now() >= until) {
        throw new KeyringError(
          `no keys in ${keysDir} after ${deadlineMs} ms; the command app makes them on its first start`,
        );
      }
      await sleep(WAIT_STEP_MS, undefined, { signal });
    }
  };
  return assemble(keysDir, given, {
    author: () => waitFor(authorPath(keysDir)),
    internal: () => waitFor(internalPath(keysDir)),
  });
}

interface OwnKeys {
  readonly author: () => Promise<string>;
  readonly internal: () => Promise<string>;
}

async function assemble(keysDir: string, given: GivenKeys, own: OwnKeys): Promise<Keyring> {
  const author = await authorKeys(keysDir, given, own);
  return { ...author, internal: await internalKey(keysDir, given, own) };
}

async function internalKey(keysDir: string, given: GivenKeys, own: OwnKeys): Promise<Keyring['internal']> {
  if (given.internal !== null) return Buffer.from(given.internal, 'base64url');
  const path = internalPath(given.dir ?? keysDir);
  const text = given.dir === null ? await own.internal() : await readGivenFile(path, 'WAYMARK_KEYS_DIR');
  const jwk = readJwk(text);
  if (jwk?.kty === 'oct' && secretBytes(jwk) >= INTERNAL_SECRET_BYTES) return importKey(path, jwk, INTERNAL_ALG);
  throw new KeyringError(
    given.dir === null
      ? `${path} is not the key that Waymark wrote; ${MEND_OWN}`
      : `${path} is not a secret of ${INTERNAL_SECRET_BYTES} bytes or more as a JWK (kty "oct"); ${MEND_GIVEN}`,
  );
}

async function authorKeys(keysDir: string, given: GivenKeys, own: OwnKeys): Promise<Omit<Keyring, 'internal'>> {
  if (given.authors !== null) {
    return { authorPrivate: null, authors: await readTrusted(given.authors), ownsAuthorKey: false };
  }
  const isOwn = given.dir === null;
  const path = authorPath(given.dir ?? keysDir);
  const text = isOwn ? await own.author() : await readGivenFile(path, 'WAYMARK_KEYS_DIR');
  const jwk = readJwk(text);
  const isWhole = jwk?.kty === 'OKP' && jwk.crv === 'Ed25519' && jwk.x && (jwk.d || !isOwn);
  if (!isWhole) {
    throw new KeyringError(
      isOwn
        ? `${path} is not the key that Waymark wrote; ${MEND_OWN}`
        : `${path} is not an Ed25519 key, whole or public, as a JWK (kty "OKP"); ${MEND_GIVEN}`,
    );
  }
  const { kty, crv, x } = jwk;
  return {
    authorPrivate: jwk.d ? ((await importKey(path, jwk, AUTHOR_ALG)) as CryptoKey) : null,
    authors: {
      key: await importKey(path, { kty: kty!, crv: crv!, x: x! }, AUTHOR_ALG),
      algorithms: [AUTHOR_ALG],
    },
    ownsAuthorKey: isOwn,
  };
}

async function importKey(path: string, jwk: JWK, algorithm: string): Promise<CryptoKey | Uint8Array> {
  try {
    return await importJWK(jwk, algorithm);
  } catch (error) {
    throw new KeyringError(`${path} cannot be read as a key: ${(error as Error).message}`, { cause: error });
  }
}

function readJwk(text: string): JWK | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as JWK | undefined;
  } catch {
    return undefined;
  }
}

function secretBytes(jwk: JWK): number {
  return typeof jwk.k === 'string' ? Buffer.from(jwk.k, 'base64url').length : 0;
}

export async function makeAuthorKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(AUTHOR_ALG, { extractable: true });
  return JSON.stringify({ ...(await exportJWK(privateKey)), alg: AUTHOR_ALG, use: 'sig' });
}

export async function makeInternalKey(): Promise<string> {
  const k = Buffer.from(systemRandom.bytes(INTERNAL_SECRET_BYTES)).toString('base64url');
  return JSON.stringify({ kty: 'oct', k, alg: INTERNAL_ALG, use: 'sig' });
}

const authorPath = (keysDir: string): string => join(keysDir, 'author.jwk');
const internalPath = (keysDir: string): string => join(keysDir, 'internal.jwk');
