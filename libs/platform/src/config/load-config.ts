import { resolve } from 'node:path';
import { nearestName } from './nearest-name.ts';
import { fileNameOf, findText } from './secret-files.ts';
import type { Reader, Setting } from './setting.ts';
import { SETTINGS, type Config, type SettingKey } from './settings.ts';

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
  // An address that could not be read from its file is not also told to be missing.
  if (!faults.some(({ name }) => name === fileNameOf(SETTINGS.eventStoreDbUrl))) {
    faults.push(...eventStoreDbFaults(config));
  }
  faults.push(...unknownNames(env), ...brokenRelations(config, role), ...keyFaults(config, env, role));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

export function settingEntries(): [SettingKey, Setting<unknown>][] {
  return Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][];
}

function readSetting(env: Environment, setting: Setting<unknown>, faults: ConfigFault[]): unknown {
  const found = findText(env, setting);
  if (found === undefined) return setting.default;
  const { name, path } = found;
  if ('fault' in found) {
    faults.push({ name, value: path ?? '', sentence: found.fault });
    return setting.default;
  }
  const value = setting.parse(found.text);
  if (value !== undefined) return value;
  const shown = setting.isSecret === true ? '***' : withoutPassword(found.text);
  faults.push(
    path === undefined
      ? { name, value: shown, sentence: `must be ${setting.rule}` }
      : { name, value: path, sentence: `what is in the file must be ${setting.rule}` },
  );
  return setting.default;
}

function unknownNames(env: Environment): ConfigFault[] {
  const known = settingEntries().flatMap(([, setting]) =>
    setting.mayBeInFile === true ? [setting.name, fileNameOf(setting)] : [setting.name],
  );
  return Object.entries(env)
    .filter(([name]) => name.startsWith('WAYMARK_') && !known.includes(name))
    .map(([name, value]) => ({
      name,
      value: value ?? '',
      sentence: `there is no such setting; the nearest is ${nearestName(name, known)} (docs/configuration.md lists all)`,
    }));
}

function brokenRelations(config: Config, role: Role): ConfigFault[] {
  const faults: ConfigFault[] = [];
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
  // A slot wider than the period would be cut to it in silence: then all games are due at once.
  if (config.tickSlotMs > config.tickMs) {
    const sentence = `must not be more than ${SETTINGS.tickMs.name}, which is ${config.tickMs}`;
    faults.push({ name: SETTINGS.tickSlotMs.name, value: String(config.tickSlotMs), sentence });
  }
  return faults;
}

function keyFaults(config: Config, env: Environment, role: Role): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const { authorKeys, demo, keysDir } = config;
  for (const { name } of [SETTINGS.authorIssuer, SETTINGS.authorAudience]) {
    const value = env[name]?.trim() ?? '';
    if (value === '' || authorKeys !== '') continue;
    faults.push({ name, value, sentence: `is only for tokens of others: set ${SETTINGS.authorKeys.name} too` });
  }
  if (role === 'start' && demo && (authorKeys !== '' || keysDir !== '')) {
    const { name } = keysDir === '' ? SETTINGS.authorKeys : SETTINGS.keysDir;
    const sentence = `with given keys there is no development token, which the demo plays with; set ${SETTINGS.demo.name}=0`;
    faults.push({ name, value: keysDir || authorKeys, sentence });
  }
  return faults;
}

/** The address and the choice go together: each alone is a mistake that would keep events elsewhere than was meant. */
function eventStoreDbFaults({ eventStore, eventStoreDbUrl }: Config): ConfigFault[] {
  const isChosen = eventStore === 'eventstoredb';
  if (isChosen === (eventStoreDbUrl !== '')) return [];
  if (isChosen) {
    const sentence = `needs ${SETTINGS.eventStoreDbUrl.name}, which is not set`;
    return [{ name: SETTINGS.eventStore.name, value: eventStore, sentence }];
  }
  const sentence = `events are kept in ${eventStore} all the same; set ${SETTINGS.eventStore.name}=eventstoredb, or unset it`;
  return [{ name: SETTINGS.eventStoreDbUrl.name, value: withoutPassword(eventStoreDbUrl), sentence }];
}

/** Addresses that were not set follow from host and ports. A host that means "every interface" is reached by loopback. */
function fillAddresses(config: Config): Config {
  const everywhere = config.host === '0.0.0.0' || config.host === '::';
  const reached = everywhere ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    ...config,
    dataDir: resolve(config.dataDir),
    keysDir: config.keysDir && resolve(config.keysDir),
    authorKeys: config.authorKeys && resolve(config.authorKeys),
    commandUrl: config.commandUrl || `http://${reached}:${config.commandPort}`,
    publicGatewayUrl: config.publicGatewayUrl || `ws://${reached}:${config.gatewayPort}`,
  };
}

function withoutPassword(value: string): string {
  // Up to the last @: a password may hold any character, were it only typed by mistake.
  return value.replace(/^([a-z0-9+.-]+:\/\/)?.*@/i, '$1***@');
}
