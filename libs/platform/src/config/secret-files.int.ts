import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, type ConfigFault } from './load-config.ts';

const dir = mkdtempSync(join(tmpdir(), 'waymark-file-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(text: string): string {
  const path = join(dir, `held-${text.length}`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function faultsOf(env: Record<string, string>): readonly ConfigFault[] {
  try {
    loadConfig(env, 'gateway');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).faults;
  }
}

describe('a setting that may hold a password', () => {
  it('is read from the file that NAME_FILE names, without the space around it', () => {
    const config = loadConfig(
      {
        WAYMARK_EVENT_STORE: 'eventstoredb',
        EVENTSTOREDB_URL_FILE: file('esdb://ann:secret@db:2113\n'),
        REDIS_URL_FILE: file(' rediss://:pw@cache:6379 \n\n'),
        WAYMARK_INTERNAL_KEY_FILE: file(`${'A'.repeat(43)}\n`),
      },
      'gateway',
    );
    expect(config).toMatchObject({
      eventStoreDbUrl: 'esdb://ann:secret@db:2113',
      redisUrl: 'rediss://:pw@cache:6379',
      internalKey: 'A'.repeat(43),
    });
  });

  it('is not set when NAME_FILE is set to nothing', () => {
    expect(loadConfig({ REDIS_URL_FILE: ' ' }, 'gateway').redisUrl).toBe('');
  });

  it('is refused when it is in both places', () => {
    const path = file('redis://cache');
    expect(faultsOf({ REDIS_URL: 'redis://:pw@cache', REDIS_URL_FILE: path })).toEqual([
      { name: 'REDIS_URL_FILE', value: path, sentence: 'REDIS_URL is set too; set one of the two' },
    ]);
  });

  it('tells of a file that is not there, is a folder, is empty or is too long, and of nothing that follows from that', () => {
    const sentenceOf = (path: string) =>
      faultsOf({ WAYMARK_EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL_FILE: path }).map(
        ({ name, sentence }) => `${name}: ${sentence}`,
      );
    const at = 'EVENTSTOREDB_URL_FILE: the file';
    expect(sentenceOf(join(dir, 'nowhere'))).toEqual([`${at} cannot be read (ENOENT)`]);
    expect(sentenceOf(dir)).toEqual([`${at} cannot be read (EISDIR)`]);
    expect(sentenceOf(file(' \n'))).toEqual([`${at} is empty`]);
    expect(sentenceOf(file('x'.repeat(16_385)))).toEqual([`${at} has more than 16384 characters`]);
  });

  it('is shown to nobody when the file holds something else', () => {
    const path = file('http://ann:secret@cache');
    const faults = faultsOf({ REDIS_URL_FILE: path });
    expect(faults).toEqual([
      { name: 'REDIS_URL_FILE', value: path, sentence: expect.stringMatching(/^what is in the file must be redis:/) },
    ]);
    expect(new ConfigError(faults).message).not.toContain('secret');
  });

  it('is the only kind with a file: of another setting the name is unknown', () => {
    expect(faultsOf({ WAYMARK_HOST_FILE: '/x' })[0]?.sentence).toMatch(/^there is no such setting/);
    expect(faultsOf({ WAYMARK_INTERNAL_KEYFILE: '/x' })[0]?.sentence).toContain('WAYMARK_INTERNAL_KEY_FILE');
  });
});
