import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { systemClock, systemRandom } from '../system.ts';
import { AuthorTokens } from './author-tokens.ts';
import { NO_GIVEN_KEYS, type GivenKeys } from './given-keys.ts';
import { KeyringError } from './keyring-error.ts';
import { makeAuthorKey, makeInternalKey, openKeyring, waitForKeyring } from './keyring.ts';
import { Tickets } from './tickets.ts';

let root: string;
/** Of the data directory; nothing is to be made in it when all keys are given. */
let ownDir: string;
let secretDir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waymark-given-'));
  ownDir = join(root, 'keys');
  secretDir = join(root, 'secret');
  await Promise.all([mkdir(ownDir), mkdir(secretDir)]);
});

afterEach(() => rm(root, { recursive: true }));

const given = (keys: Partial<GivenKeys>): GivenKeys => ({ ...NO_GIVEN_KEYS, ...keys });
const put = (name: string, text: string): Promise<void> => writeFile(join(secretDir, name), text);
const subject = { playerId: 'p', gameId: 'g', row: 0, revision: 1 };

describe('given keys', () => {
  it('are used by all who are given them, and nothing is made', async () => {
    await put('author.jwk', await makeAuthorKey());
    await put('internal.jwk', `${await makeInternalKey()}\n`);
    const command = await openKeyring(ownDir, given({ dir: secretDir }));
    const gateway = await waitForKeyring(ownDir, 0, undefined, given({ dir: secretDir }));
    const ticket = await new Tickets(command, systemClock, systemRandom).issue(subject);
    expect(await new Tickets(gateway, systemClock, systemRandom).verify(ticket)).toMatchObject({ ok: true });
    const token = await new AuthorTokens(command, systemClock).issue('ann', [], 60);
    expect((await new AuthorTokens(gateway, systemClock).verify(token)).ok).toBe(true);
    expect(command.ownsAuthorKey).toBe(false);
    expect(await readdir(ownDir)).toEqual([]);
    expect(await readdir(secretDir)).toHaveLength(2);
  });

  it('may be a public author key alone: then tokens are checked and not made', async () => {
    const whole = await makeAuthorKey();
    const { kty, crv, x } = JSON.parse(whole);
    await put('author.jwk', JSON.stringify({ kty, crv, x }));
    await put('internal.jwk', await makeInternalKey());
    const keyring = await openKeyring(ownDir, given({ dir: secretDir }));
    expect(keyring.authorPrivate).toBeNull();
    expect(() => new AuthorTokens(keyring, systemClock).issue('ann', [], 60)).toThrow(/whoever has the private key/);
    await put('author.jwk', whole);
    const token = await new AuthorTokens(await openKeyring(ownDir, given({ dir: secretDir })), systemClock).issue(
      'ann',
      [],
      60,
    );
    expect((await new AuthorTokens(keyring, systemClock).verify(token)).ok).toBe(true);
  });

  it('may be a secret of the environment beside own author keys', async () => {
    const internal = Buffer.alloc(32, 7).toString('base64url');
    const [command, gateway] = [
      await openKeyring(ownDir, given({ internal })),
      await openKeyring(secretDir, given({ internal })),
    ];
    const ticket = await new Tickets(command, systemClock, systemRandom).issue(subject);
    expect(await new Tickets(gateway, systemClock, systemRandom).verify(ticket)).toMatchObject({ ok: true });
    expect(await readdir(ownDir)).toEqual(['author.jwk']);
    expect(command.ownsAuthorKey).toBe(true);
  });

  it.each([
    ['no author.jwk', {}, /there is no .*author\.jwk \(WAYMARK_KEYS_DIR\); given keys are read and never made/],
    ['not JSON', { 'author.jwk': 'x' }, /author\.jwk is not an Ed25519 key/],
    ['a secret in place of a pair', { 'author.jwk': '{"kty":"oct","k":"AAAA"}' }, /author\.jwk is not an Ed25519 key/],
    ['null', { 'author.jwk': 'null' }, /author\.jwk is not an Ed25519 key/],
  ])('are refused with their place: %s', async (_what, files, sentence) => {
    for (const [name, text] of Object.entries(files)) await put(name, text);
    const asked = openKeyring(ownDir, given({ dir: secretDir }));
    await expect(asked).rejects.toThrow(KeyringError);
    await expect(asked).rejects.toThrow(sentence);
  });

  it('are refused when the secret is short, or there is none', async () => {
    await put('author.jwk', await makeAuthorKey());
    await expect(openKeyring(ownDir, given({ dir: secretDir }))).rejects.toThrow(/there is no .*internal\.jwk/);
    await put('internal.jwk', '{"kty":"oct","k":"c2hvcnQ"}');
    await expect(openKeyring(ownDir, given({ dir: secretDir }))).rejects.toThrow(
      /internal\.jwk is not a secret of 32 bytes/,
    );
  });
});

describe('keys of somebody else who issues authors’ tokens', () => {
  const trusted = () => ({ file: join(secretDir, 'jwks.json'), issuer: 'https://id.example', audience: 'waymark' });
  const claims = { iss: 'https://id.example', aud: 'waymark', sub: 'ann', scope: 'quests:write' };
  const sign = (key: Parameters<SignJWT['sign']>[0], alg: string, more: JWTPayload = {}, kid?: string) =>
    new SignJWT({ ...claims, ...more })
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
      .setExpirationTime('5m')
      .sign(key);

  it.each([
    ['EdDSA', 'by kid'],
    ['ES256', 'by kid'],
    ['RS256', 'by kid'],
    ['ES256', 'without kid, one of several'],
  ])('let in tokens signed with %s, %s', async (alg, how) => {
    const pairs = await Promise.all([0, 1].map(() => generateKeyPair(alg, { extractable: true })));
    const hasKid = how === 'by kid';
    const keys = await Promise.all(
      pairs.map(async ({ publicKey }, n) => ({ ...(await exportJWK(publicKey)), ...(hasKid ? { kid: `k${n}` } : {}) })),
    );
    await put('jwks.json', JSON.stringify({ keys }));
    const keyring = await openKeyring(ownDir, given({ authors: trusted() }));
    const authors = new AuthorTokens(keyring, systemClock);
    for (const [n, { privateKey }] of pairs.entries()) {
      const kid = hasKid ? `k${n}` : undefined;
      expect(await authors.verify(await sign(privateKey, alg, {}, kid))).toEqual({
        ok: true,
        author: { subject: 'ann', scopes: new Set(['quests:write']) },
      });
      for (const wrong of [{ iss: 'waymark' }, { aud: 'waymark:authors' }]) {
        expect(await authors.verify(await sign(privateKey, alg, wrong, kid))).toMatchObject({ code: 'untrusted' });
      }
    }
    const stranger = await generateKeyPair(alg);
    for (const kid of hasKid ? ['k0', 'k9'] : [undefined]) {
      expect(await authors.verify(await sign(stranger.privateKey, alg, {}, kid))).toMatchObject({ code: 'untrusted' });
    }
  });

  it('let in nobody who signs with a public key as a secret, nor with the own key of the data directory', async () => {
    const own = new AuthorTokens(await openKeyring(ownDir), systemClock);
    const { publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(publicKey);
    await put('jwks.json', JSON.stringify(jwk));
    const authors = new AuthorTokens(await openKeyring(ownDir, given({ authors: trusted() })), systemClock);
    const confused = await sign(Buffer.from(jwk.x!, 'base64url'), 'HS256');
    expect(await authors.verify(confused)).toMatchObject({ ok: false, code: 'untrusted' });
    expect(await authors.verify(await own.issue('dev', ['quests:write'], 60))).toMatchObject({ ok: false });
  });

  it.each([
    [null, /there is no .*jwks\.json \(WAYMARK_AUTHOR_KEYS\)/],
    ['{', /is not JSON; it must be a JWK, or a JWKS/],
    ['{"keys":[]}', /has no keys/],
    ['{"keys":{}}', /has no keys/],
    ['{"keys":[null]}', /has as key 1 none of a key pair/],
    ['null', /has as key 1 none of a key pair/],
    ['{"keys":[{"kty":"oct","k":"AAAA"}]}', /has as key 1 none of a key pair/],
    ['{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}', /has a private key \(key 1\)/],
  ])('are refused with the file: %s', async (text, sentence) => {
    if (text !== null) await put('jwks.json', text);
    await expect(openKeyring(ownDir, given({ authors: trusted() }))).rejects.toThrow(sentence);
  });
});

describe('own keys', () => {
  it('are one pair and one secret, whatever number of processes start on one directory at once', async () => {
    const script = `
      const { openKeyring } = await import(${JSON.stringify(fileURLToPath(new URL('./keyring.ts', import.meta.url)))});
      const { AuthorTokens } = await import(${JSON.stringify(fileURLToPath(new URL('./author-tokens.ts', import.meta.url)))});
      process.stdin.once('data', async () => {
        const keyring = await openKeyring(${JSON.stringify(ownDir)});
        const token = await new AuthorTokens(keyring, { now: () => Date.now() }).issue('ann', [], 60);
        process.stdout.write(Buffer.from(keyring.internal).toString('base64url') + ' ' + token);
        process.stdin.destroy();
      });
      process.stderr.write('ready');`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--conditions=waymark-source', '--input-type=module', '-e', script], {
        env: { ...process.env, NODE_OPTIONS: '' },
      }),
    );
    const printed = children.map(
      (child) =>
        new Promise<string>((resolve) => {
          let text = '';
          child.stdout.on('data', (data: Buffer) => (text += data.toString()));
          child.once('close', () => resolve(text));
        }),
    );
    await Promise.all(children.map((child) => new Promise((resolve) => child.stderr.once('data', resolve))));
    for (const child of children) child.stdin.write('go');
    const found = (await Promise.all(printed)).map((line) => line.split(' '));
    expect(new Set(found.map(([secret]) => secret)).size).toBe(1);
    const authors = new AuthorTokens(await openKeyring(ownDir), systemClock);
    for (const [, token] of found) expect((await authors.verify(token!)).ok).toBe(true);
    expect((await readdir(ownDir)).sort()).toEqual(['author.jwk', 'internal.jwk']);
  });
});
