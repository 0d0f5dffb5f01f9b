import type { ConfigError } from './load-config.ts';
import { loadConfig, type ConfigFault, type Role } from './load-config.ts';

function faultsOf(env: Record<string, string>, role: Role = 'command'): readonly ConfigFault[] {
  try {
    loadConfig(env, role);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

describe('settings of given keys', () => {
  it('show a secret to nobody, also one that is too short', () => {
    const [fault] = faultsOf({ WAYMARK_INTERNAL_KEY: 'c2hvcnQ' });
    expect(fault).toMatchObject({ name: 'WAYMARK_INTERNAL_KEY', value: '***' });
    expect(fault!.sentence).toMatch(/^must be 32 random bytes or more as base64url/);
    expect(loadConfig({ WAYMARK_INTERNAL_KEY: 'A'.repeat(43) }, 'gateway').internalKey).toBe('A'.repeat(43));
  });

  it('take issuer and audience only with the keys that they belong to', () => {
    const named = { WAYMARK_AUTHOR_ISSUER: 'x', WAYMARK_AUTHOR_AUDIENCE: 'y' };
    expect(faultsOf(named).map(({ name }) => name)).toEqual(['WAYMARK_AUTHOR_ISSUER', 'WAYMARK_AUTHOR_AUDIENCE']);
    expect(faultsOf({ ...named, WAYMARK_AUTHOR_KEYS: 'jwks.json' })).toEqual([]);
  });

  it('make their paths absolute', () => {
    const { authorKeys, keysDir } = loadConfig({ WAYMARK_AUTHOR_KEYS: 'a.json', WAYMARK_KEYS_DIR: 'k' }, 'gateway');
    expect([authorKeys, keysDir]).toEqual([`${process.cwd()}/a.json`, `${process.cwd()}/k`]);
  });

  it('leave no development token for the demo of npm start', () => {
    const env = { WAYMARK_KEYS_DIR: '/run/keys' };
    expect(faultsOf(env, 'start')[0]?.sentence).toMatch(/no development token.*set WAYMARK_DEMO=0/);
    expect(faultsOf({ ...env, WAYMARK_DEMO: '0' }, 'start')).toEqual([]);
    expect(faultsOf(env, 'gateway')).toEqual([]);
  });
});
