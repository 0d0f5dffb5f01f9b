import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMs } from '@waymark/base';
import { DataDirError, dataDirPaths, prepareDataDir, type DataDir } from '../data-dir.ts';
import { systemClock } from '../system.ts';
import { AuthorTokens } from './author-tokens.ts';
import { createOrRead } from './private-file.ts';
import { KeyringError } from './keyring-error.ts';
import { openKeyring, waitForKeyring } from './keyring.ts';

let paths: DataDir;

beforeEach(async () => {
  paths = await prepareDataDir(await mkdtemp(join(tmpdir(), 'waymark-keyring-')));
});

afterEach(() => rm(paths.root, { recursive: true }));

describe('the keyring', () => {
  it('is made once, with 0600, and read again after that', async () => {
    const first = new AuthorTokens(await openKeyring(paths.keys), systemClock);
    const second = new AuthorTokens(await openKeyring(paths.keys), systemClock);
    expect((await second.verify(await first.issue('ann', [], 60))).ok).toBe(true);
    const names = await readdir(paths.keys);
    expect(names.sort()).toEqual(['author.jwk', 'internal.jwk']);
    for (const name of names) expect((await stat(join(paths.keys, name))).mode & 0o777).toBe(0o600);
  });

  it.each(['author.jwk', 'internal.jwk'])('names the key file that cannot be read: %s', async (name) => {
    await mkdir(join(paths.keys, name));
    const sentence = `${join(paths.keys, name)} cannot be read (there is a directory in its place)`;
    await expect(openKeyring(paths.keys)).rejects.toEqual(new DataDirError(sentence));
    if (name === 'author.jwk') await expect(waitForKeyring(paths.keys, 0)).rejects.toEqual(new DataDirError(sentence));
  });

  it('is the same for all who start at the same time', async () => {
    const keyrings = await Promise.all(Array.from({ length: 8 }, () => openKeyring(paths.keys)));
    const token = await new AuthorTokens(keyrings[0]!, systemClock).issue('ann', [], 60);
    for (const keyring of keyrings) expect((await new AuthorTokens(keyring, systemClock).verify(token)).ok).toBe(true);
    expect(await readdir(paths.keys)).toHaveLength(2);
  });

  it('keeps what the first one wrote when two had begun', async () => {
    const path = join(paths.keys, 'x');
    const second = createOrRead(path, async () => {
      expect(await createOrRead(path, async () => 'first')).toBe('first');
      return 'second';
    });
    expect(await second).toBe('first');
    expect(await readdir(paths.keys)).toEqual(['x']);
  });

  it('is waited for by the gateway', async () => {
    const waiting = waitForKeyring(paths.keys, 5_000);
    await openKeyring(paths.keys);
    await expect(waiting).resolves.toMatchObject({ ownsAuthorKey: true });
  });

  it('says so when nobody makes it in time', async () => {
    await expect(waitForKeyring(paths.keys, 1)).rejects.toThrow(/no keys in .* after 1 ms; the command app makes them/);
  });

  it.each([
    ['author.jwk', 'not json'],
    ['author.jwk', '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}'],
    ['internal.jwk', '{"kty":"oct","k":"c2hvcnQ"}'],
    ['internal.jwk', '[]'],
  ])('refuses a %s that was damaged: %s', async (name, text) => {
    await openKeyring(paths.keys);
    await writeFile(join(paths.keys, name), text);
    await expect(openKeyring(paths.keys)).rejects.toThrow(KeyringError);
    await expect(openKeyring(paths.keys)).rejects.toThrow(name);
  });
});

describe('the development token', () => {
  it('is written with 0600, stays while it is good, and is replaced in its last month', async () => {
    let nowMs = Date.now();
    const clock = { now: () => epochMs(nowMs) };
    const authors = new AuthorTokens(await openKeyring(paths.keys), clock);
    const write = async (): Promise<string> => {
      await authors.writeDevToken(paths.devToken);
      return readFile(paths.devToken, 'utf8');
    };
    const first = await write();
    expect((await stat(paths.devToken)).mode & 0o777).toBe(0o600);
    expect(await authors.verify(first.trim())).toMatchObject({ ok: true, author: { subject: 'dev' } });
    expect(await write()).toBe(first);
    nowMs += 61 * 24 * 3600 * 1000;
    const second = await write();
    expect(second).not.toBe(first);
    expect((await authors.verify(second.trim())).ok).toBe(true);
    expect(await readdir(paths.root)).not.toContainEqual(expect.stringMatching(/^dev-token\./));
  });
});

describe('paths', () => {
  it('put the bell into a private temporary directory when its path is too long for a socket', () => {
    expect(dataDirPaths('/srv/waymark').bell).toBe('/srv/waymark/bell.sock');
    const deep = `/srv/${'x'.repeat(100)}`;
    expect(Buffer.byteLength(dataDirPaths(deep).bell)).toBeLessThanOrEqual(100);
    expect(dataDirPaths(deep).bell).toBe(dataDirPaths(deep).bell);
    expect(dataDirPaths(deep).bell).not.toBe(dataDirPaths(`${deep}y`).bell);
  });
});
