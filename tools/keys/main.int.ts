import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthorTokens, NO_GIVEN_KEYS, openKeyring, systemClock } from '@waymark/platform';

describe('npm run keys', () => {
  const root = mkdtempSync(join(tmpdir(), 'waymark-keys-'));
  const dir = join(root, 'keys');
  afterAll(() => rmSync(root, { recursive: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--conditions=waymark-source', 'tools/keys/main.ts', ...args], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });

  it('makes keys once, and tokens that they let in', async () => {
    expect(run('make', dir)).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(join(dir, 'internal.jwk')).mode & 0o777).toBe(0o600);
    const before = readFileSync(join(dir, 'author.jwk'), 'utf8');
    expect(run('make', dir)).toMatchObject({ status: 1, stderr: expect.stringContaining('author.jwk') });
    expect(readFileSync(join(dir, 'author.jwk'), 'utf8')).toBe(before);
    const { stdout } = run('token', dir, '--subject', 'ann', '--scopes', 'games:operate', '--days', '2');
    const authors = new AuthorTokens(await openKeyring(dir, { ...NO_GIVEN_KEYS, dir }), systemClock);
    expect(await authors.verify(stdout.trim())).toEqual({
      ok: true,
      author: { subject: 'ann', scopes: new Set(['games:operate']) },
    });
  }, 60_000);

  it.each([
    [['token', dir], 2, '--subject names the author'],
    [['token', dir, '--subject', 'a', '--scopes', 'all'], 2, 'there is no scope all'],
    [['token', dir, '--subject', 'a', '--days', '0'], 2, '--days must be'],
    [['token', join(root, 'none'), '--subject', 'a'], 1, 'there is no'],
    [['make'], 2, 'one directory'],
    [['make', dir, '--force'], 2, '--force'],
  ])('says what is wrong with %j', (args, status, sentence) => {
    expect(run(...args)).toMatchObject({ status, stderr: expect.stringContaining(sentence) });
  });
});
