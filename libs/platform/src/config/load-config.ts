import { resolve } from 'node:path';
import { nearestName } from './nearest-name.ts';
import type { Reader, Setting } from './setting.ts';
import { SETTINGS, SETTINGS_NOT_BUILT, type Config, type SettingKey } from './settings.ts';

/**
 * Reads the environment once, at start. All faults are told together, each with the variable, its value and the rule. Called by the mains of
 * both apps (through runApp), by tools/start and by tools/demo.
 */
export type Role = Extract<Reader, 'command' | 'gateway' | 'start' | 'demo'>;

export interface ConfigFault {
  readonly name: string;
  readonly value: string;
  readonly sentence: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map((fault) => `${fault.name}=${JSON.stringify(fault.value)}: ${fault.sentence}`).join('\n'));
    this.faults = faults;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set to nothing counts as not set. Throws ConfigError. */
export function loadConfig(env: Environment, role: Role): Config {
  const faults: ConfigFault[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of settingEntries()) {
    values[key] = readSetting(env, setting, faults);
  }
  // Each value came out of its own setting's parse(), so the record has the table's types.
  const config = fillAddresses(values as Config);
  faults.push(...unknownNames(env), ...brokenRelations(config, env, role));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

export function settingEntries(): [SettingKey, Setting<unknown>][] {
  return Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][];
}

function readSetting(env: Environment, setting: Setting<unknown>, faults: ConfigFault[]): unknown {
  const text = env[setting.name]?.trim();
  if (text === undefined || text === '') return setting.default;
  if (SETTINGS_NOT_BUILT.some((later) => later.name === setting.name && later.means(text))) return setting.default;
  const value = setting.parse(text);
  if (value !== undefined) return value;
  faults.push({ name: setting.name, value: withoutPassword(text), sentence: `must be ${setting.rule}` });
  return setting.default;
}

function unknownNames(env: Environment): ConfigFault[] {
  const known = settingEntries().map(([, setting]) => setting.name);
  return Object.entries(env)
    .filter(([name]) => name.startsWith('WAYMARK_') && !known.includes(name))
    .map(([name, value]) => ({
      name,
      value: value ?? '',
      sentence: `there is no such setting; the nearest is ${nearestName(name, known)} (docs/configuration.md lists all)`,
    }));
}

function brokenRelations(config: Config, env: Environment, role: Role): ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const later of SETTINGS_NOT_BUILT) {
    const value = env[later.name]?.trim() ?? '';
    if (value !== '' && later.means(value))
      faults.push({ name: later.name, value: withoutPassword(value), sentence: later.sentence });
  }
  const takenBy = new Map<number, string>();
  for (const key of ['commandPort', 'gatewayPort', 'commandAdminPort', 'gatewayAdminPort'] as const) {
    const { name } = SETTINGS[key];
    const other = takenBy.get(config[key]);
    if (other !== undefined) faults.push({ name, value: String(config[key]), sentence: `must differ from ${other}` });
    if (config[key] !== 0) takenBy.set(config[key], name);
  }
  if (config.eventStore === 'memory' && role !== 'command') {
    const sentence = 'events in memory are seen by the command app alone, so nothing could be played; use sqlite';
    faults.push({ name: SETTINGS.eventStore.name, value: config.eventStore, sentence });
  }
  return faults;
}

/** Addresses that were not set follow from host and ports. A host that means "every interface" is reached by loopback. */
function fillAddresses(config: Config): Config {
  const everywhere = config.host === '0.0.0.0' || config.host === '::';
  const reached = everywhere ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    ...config,
    dataDir: resolve(config.dataDir),
    commandUrl: config.commandUrl || `http://${reached}:${config.commandPort}`,
    publicGatewayUrl: config.publicGatewayUrl || `ws://${reached}:${config.gatewayPort}`,
  };
}

function withoutPassword(value: string): string {
  return value.replace(/\/\/[^/@]*@/, '//***@');
}
