import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { dataDirPaths, KeyringError } from '@waymark/platform';
import { questDocument, TestCommandApp } from '../testing/command-process.ts';

/** The command app where somebody else issues the authors' tokens, and the secret comes from the environment. */
describe('given keys', () => {
  let dir: string;
  let app: TestCommandApp | undefined;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waymark-given-'));
  });
  afterEach(async () => {
    await app?.stop();
    app = undefined;
    await rm(dir, { recursive: true });
  });

  it('let in the authors of another issuer, and leave no development token', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const file = join(dir, 'jwks.json');
    await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] }));
    app = await TestCommandApp.start({
      WAYMARK_AUTHOR_KEYS: file,
      WAYMARK_AUTHOR_ISSUER: 'https://id.example',
      WAYMARK_INTERNAL_KEY: Buffer.alloc(32, 9).toString('base64url'),
    });
    expect(existsSync(dataDirPaths(app.dataDir).devToken)).toBe(false);
    const token = (issuer: string) =>
      new SignJWT({ scope: 'quests:write' })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer(issuer)
        .setAudience('waymark:authors')
        .setSubject('ann')
        .setExpirationTime('5m')
        .sign(privateKey);
    const drafted = await app.post('/quests', questDocument(), { token: await token('https://id.example') });
    expect(drafted.status).toBe(201);
    const strange = await app.post('/quests', questDocument(), { token: await token('waymark') });
    expect(strange.body).toMatchObject({ type: '/problems/unauthenticated', status: 401 });
  });

  it('are missed with a sentence', async () => {
    await expect(TestCommandApp.start({ WAYMARK_KEYS_DIR: dir })).rejects.toThrow(KeyringError);
  });
});
