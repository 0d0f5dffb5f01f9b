import { resolve } from 'node:path';
import { ConfigError, loadConfig, settingEntries, type ConfigFault } from './load-config.ts';
import { nearestName } from './nearest-name.ts';

function faultsOf(env: Record<string, string>): readonly ConfigFault[] {
  try {
    loadConfig(env, 'gateway');
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing to be set', () => {
    const config = loadConfig({}, 'gateway');
    expect(config).toMatchObject({
      host: '127.0.0.1',
      commandPort: 3000,
      gatewayPort: 3001,
      commandAdminPort: 9464,
      gatewayAdminPort: 9465,
      eventStore: 'sqlite',
      tickMs: 150,
      demo: true,
      poison: false,
      logLevel: 'info',
      commandUrl: 'http://127.0.0.1:3000',
      publicGatewayUrl: 'ws://127.0.0.1:3001',
    });
    expect(config.dataDir).toBe(resolve('data'));
  });

  it('takes a variable that is set to nothing, or to spaces, as not set', () => {
    expect(loadConfig({ WAYMARK_TICK_MS: '', WAYMARK_HOST: '  ', REDIS_URL: '' }, 'gateway').tickMs).toBe(150);
  });

  it('lists every fault at once, each with the variable, its value and the rule', () => {
    const faults = faultsOf({
      WAYMARK_TICK_MS: '5',
      WAYMARK_COMMAND_PORT: '70000',
      WAYMARK_POISON: 'yes',
      WAYMARK_EVENT_STORE: 'postgres',
      WAYMARK_COMMAND_URL: 'ftp://x',
      WAYMARK_HOST: 'a b',
    });
    expect(faults.map((fault) => `${fault.name} ${fault.value}: ${fault.sentence}`)).toEqual([
      'WAYMARK_HOST a b: must be a host name or an IP address, without a port',
      'WAYMARK_COMMAND_PORT 70000: must be a port from 0 to 65535 (0: any free one)',
      'WAYMARK_EVENT_STORE postgres: must be one of sqlite, eventstoredb, memory',
      expect.stringContaining('WAYMARK_COMMAND_URL ftp://x: must be an address that starts with http:// or https://'),
      'WAYMARK_TICK_MS 5: must be a whole number from 20 to 1000',
      'WAYMARK_POISON yes: must be 0 or 1',
    ]);
  });

  it.each(['1e2', '-1', '0x10', '1.5', ' ', 'NaN', '99999999999', '١٥٠'])('refuses %j as a whole number', (text) => {
    expect(faultsOf({ WAYMARK_TICK_MS: text }).length).toBe(text.trim() === '' ? 0 : 1);
  });

  it('refuses a WAYMARK_ name that does not exist and names the nearest', () => {
    expect(faultsOf({ WAYMARK_TICKMS: '100' })[0]?.sentence).toContain('the nearest is WAYMARK_TICK_MS');
    expect(
      nearestName(
        'WAYMARK_DATADIR',
        settingEntries().map(([, setting]) => setting.name),
      ),
    ).toBe('WAYMARK_DATA_DIR');
  });

  it('leaves names of others alone', () => {
    expect(faultsOf({ PATH: '/bin', NODE_ENV: 'x', WAYMARKER: '1' })).toEqual([]);
  });

  it.each([
    'redis://user:secret@cache:6379/x',
    'redis://user:sec/ret@cache',
    'redis:user:secret@cache',
    'http://user:secret@cache',
    'redis://user:secret@cache?db=1',
  ])('refuses %s as REDIS_URL without telling its password', (value) => {
    const faults = faultsOf({ REDIS_URL: value });
    expect(faults.map(({ name }) => name)).toEqual(['REDIS_URL']);
    expect(new ConfigError(faults).message).toMatch(/must be redis:\/\/HOST:PORT/);
    expect(new ConfigError(faults).message).not.toMatch(/sec/);
  });

  it.each(['redis://cache', 'rediss://:p%40ss@cache:6380/3', 'redis://[::1]:6379'])('takes %s', (value) => {
    expect(loadConfig({ REDIS_URL: value }, 'gateway').redisUrl).toBe(value);
  });

  it('wants the address of EventStoreDB and the choice of it together, and tells no password', () => {
    const url = 'esdb://admin:changeit@db:2113';
    expect(faultsOf({ WAYMARK_EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL: url })).toEqual([]);
    expect(faultsOf({ WAYMARK_EVENT_STORE: 'eventstoredb' })).toEqual([
      { name: 'WAYMARK_EVENT_STORE', value: 'eventstoredb', sentence: 'needs EVENTSTOREDB_URL, which is not set' },
    ]);
    const [fault] = faultsOf({ EVENTSTOREDB_URL: url });
    expect(fault).toMatchObject({ name: 'EVENTSTOREDB_URL', value: 'esdb://***@db:2113' });
    expect(fault!.sentence).toContain('set WAYMARK_EVENT_STORE=eventstoredb');
  });

  it('refuses the same port twice, but not port 0 twice', () => {
    expect(faultsOf({ WAYMARK_GATEWAY_PORT: '3000' })).toEqual([
      { name: 'WAYMARK_GATEWAY_PORT', value: '3000', sentence: 'must differ from WAYMARK_COMMAND_PORT' },
    ]);
    expect(faultsOf({ WAYMARK_GATEWAY_PORT: '0', WAYMARK_COMMAND_PORT: '0' })).toEqual([]);
  });

  it('refuses a slot that is wider than the tick period, of which it is a part', () => {
    const env = { WAYMARK_TICK_MS: '20', WAYMARK_TICK_SLOT_MS: '21' };
    expect(faultsOf(env)).toEqual([
      { name: 'WAYMARK_TICK_SLOT_MS', value: '21', sentence: 'must not be more than WAYMARK_TICK_MS, which is 20' },
    ]);
    expect(faultsOf({ ...env, WAYMARK_TICK_SLOT_MS: '20' })).toEqual([]);
  });

  it('lets only the command app keep its events in memory: nobody else could read them', () => {
    expect(loadConfig({ WAYMARK_EVENT_STORE: 'memory' }, 'command').eventStore).toBe('memory');
    expect(faultsOf({ WAYMARK_EVENT_STORE: 'memory' })[0]?.sentence).toContain('seen by the command app alone');
  });

  it.each([
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['::', 'http://127.0.0.1:3000'],
    ['::1', 'http://[::1]:3000'],
    ['play.example', 'http://play.example:3000'],
  ])('derives addresses from host %s', (host, url) => {
    expect(loadConfig({ WAYMARK_HOST: host }, 'gateway').commandUrl).toBe(url);
  });

  it('keeps an address that is set, without a slash at its end', () => {
    const env = { WAYMARK_PUBLIC_GATEWAY_URL: 'wss://play.example/', WAYMARK_COMMAND_URL: 'http://command:80' };
    expect(loadConfig(env, 'command')).toMatchObject({
      publicGatewayUrl: 'wss://play.example',
      commandUrl: 'http://command:80',
    });
  });

  it.each(['http://h?', 'http://h#', 'http://h/?', 'http://h/x#y', 'http://u:p@h'])('refuses the address %s', (url) => {
    const [fault] = faultsOf({ WAYMARK_COMMAND_URL: url });
    expect(fault?.sentence).toContain('without query, fragment or password');
    expect(fault?.value).not.toContain('u:p');
  });

  it('takes the origins of pages as browsers send them', () => {
    const of = (text: string) => loadConfig({ WAYMARK_CORS_ORIGINS: text }, 'command').corsOrigins;
    expect(of('')).toEqual([]);
    expect(of('*')).toEqual(['*']);
    expect(of('https://a.example, http://127.0.0.1:8080')).toEqual(['https://a.example', 'http://127.0.0.1:8080']);
  });

  it.each([
    'https://a.example/',
    'https://a.example/x',
    'HTTPS://a.example',
    'https://A.example',
    'https://a.example:443',
    'https://u@a.example',
    'a.example',
    'null',
    '*.example',
    'https://*.example/',
    'https://a.example,',
    'https://a.example *',
    'https://a.example,*',
    'ftp://a.example',
    'file:///x',
    'http://',
  ])('refuses the origin %s', (text) => {
    expect(faultsOf({ WAYMARK_CORS_ORIGINS: text })[0]?.sentence).toMatch(/^must be origins such as /);
  });
});

describe('the table of settings', () => {
  it.each(settingEntries())('%s: the default keeps its own rule', (_key, setting) => {
    if (setting.defaultText.startsWith('(')) expect(setting.default).toHaveLength(0);
    else expect(setting.parse(setting.defaultText)).toEqual(setting.default);
  });
});
