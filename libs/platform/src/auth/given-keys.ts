import { createLocalJWKSet, type CryptoKey, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose';
import { DataDirError } from '../data-dir.ts';
import type { Config } from '../config/settings.ts';
import { KeyringError } from './keyring-error.ts';
import { readIfThere } from './private-file.ts';

/**
 * Keys that whoever runs Waymark gives it, for processes that share no data directory: a directory that is only read (such as a mounted
 * Secret of Kubernetes), the internal secret from the environment, and a file of public keys of somebody else who issues authors' tokens.
 */
export interface GivenKeys {
  /** WAYMARK_KEYS_DIR, with author.jwk and internal.jwk; null: those of the data directory. */
  readonly dir: string | null;
  /** WAYMARK_INTERNAL_KEY, base64url. */
  readonly internal: string | null;
  readonly authors: TrustedAuthorsFile | null;
}

export interface TrustedAuthorsFile {
  /** WAYMARK_AUTHOR_KEYS. */
  readonly file: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Whose signature makes an author's token good. */
export interface TrustedAuthors {
  readonly key: CryptoKey | Uint8Array | JWTVerifyGetKey;
  readonly algorithms: readonly string[];
  /** Those of Waymark's own tokens unless given. */
  readonly issuer?: string;
  readonly audience?: string;
}

export const NO_GIVEN_KEYS: GivenKeys = { dir: null, internal: null, authors: null };

/** Of those with a key pair: whoever can check a token must not be able to make one. */
const PUBLIC_KEY_ALGORITHMS = [
  ...['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512'],
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
];
const KEY_TYPES: ReadonlySet<unknown> = new Set(['OKP', 'EC', 'RSA']);

export function givenKeysOf(config: Config): GivenKeys {
  const { authorAudience: audience, authorIssuer: issuer, authorKeys: file, internalKey, keysDir } = config;
  return {
    dir: keysDir === '' ? null : keysDir,
    internal: internalKey === '' ? null : internalKey,
    authors: file === '' ? null : { file, issuer, audience },
  };
}

/** Throws KeyringError that names the setting. */
export async function readGivenFile(path: string, setting: string): Promise<string> {
  try {
    const text = await readIfThere(path);
    if (text !== undefined) return text;
  } catch (error) {
    if (error instanceof DataDirError) throw new KeyringError(`${error.message} (${setting})`, { cause: error });
    throw error;
  }
  throw new KeyringError(`there is no ${path} (${setting}); given keys are read and never made`);
}

/** Throws KeyringError. */
export async function readTrusted({ audience, file, issuer }: TrustedAuthorsFile): Promise<TrustedAuthors> {
  const keys = publicKeysIn(await readGivenFile(file, 'WAYMARK_AUTHOR_KEYS'));
  if (typeof keys === 'string') throw new KeyringError(`${file} (WAYMARK_AUTHOR_KEYS) ${keys}`);
  return { key: createLocalJWKSet({ keys }), algorithms: PUBLIC_KEY_ALGORITHMS, issuer, audience };
}

/** The keys of a JWKS, or of one JWK; a sentence's end when there is a fault. */
function publicKeysIn(text: string): JSONWebKeySet['keys'] | string {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return 'is not JSON; it must be a JWK, or a JWKS: {"keys": [...]}';
  }
  const keys = (found as Partial<JSONWebKeySet> | null)?.keys ?? [found];
  if (!Array.isArray(keys) || keys.length === 0) return 'has no keys';
  for (const [index, key] of (keys as (JWK | null)[]).entries()) {
    if (key === null || typeof key !== 'object' || !KEY_TYPES.has(key.kty)) {
      return `has as key ${index + 1} none of a key pair; kty must be OKP, EC or RSA`;
    }
    if (key.d !== undefined) return `has a private key (key ${index + 1}); give the public part alone`;
  }
  return keys as JSONWebKeySet['keys'];
}
