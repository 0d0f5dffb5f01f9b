import { TICK_PERIOD_MS_DEFAULT, TICK_PERIOD_MS_MAX, TICK_PERIOD_MS_MIN } from '@waymark/base';
import { address, choice, flag, host, integer, origins, port, text } from './setting.ts';

/**
 * Every setting of Waymark, in one table. docs/configuration.md is made from it (tools/docs/main.ts), load-config.ts reads by it, and a
 * WAYMARK_ name that is not in it is refused. Capacities are not settings: they live in libs/base/src/limits.ts.
 */
export const SETTINGS = {
  host: host({
    name: 'WAYMARK_HOST',
    default: '127.0.0.1',
    meaning:
      'Address that every server listens on. 0.0.0.0 lets other machines in: then tokens must travel by TLS, ended in front of Waymark.',
    readBy: ['command', 'gateway', 'start'],
  }),
  commandPort: port({
    name: 'WAYMARK_COMMAND_PORT',
    default: 3000,
    meaning: 'Port of the command app: the HTTP API for authors, operators and players.',
    readBy: ['command', 'gateway', 'start'],
  }),
  gatewayPort: port({
    name: 'WAYMARK_GATEWAY_PORT',
    default: 3001,
    meaning: 'Port of the tick-gateway: WebSockets for players and spectators, and the read API.',
    readBy: ['command', 'gateway', 'start'],
  }),
  commandAdminPort: port({
    name: 'WAYMARK_COMMAND_ADMIN_PORT',
    default: 9464,
    meaning: 'Port for /metrics and /health of the command app. It asks for no token: keep it from the outside.',
    readBy: ['command', 'start'],
  }),
  gatewayAdminPort: port({
    name: 'WAYMARK_GATEWAY_ADMIN_PORT',
    default: 9465,
    meaning: 'Port for /metrics and /health of the tick-gateway. It asks for no token: keep it from the outside.',
    readBy: ['gateway', 'start'],
  }),
  dataDir: text({
    name: 'WAYMARK_DATA_DIR',
    default: './data',
    rule: 'a directory that can be written; it is made when missing',
    meaning: 'Where events, keys, the development token and logs are kept. Relative to where the process was started.',
    readBy: ['command', 'gateway', 'start', 'demo'],
  }),
  eventStore: choice({
    name: 'WAYMARK_EVENT_STORE',
    default: 'sqlite',
    choices: ['sqlite', 'memory'],
    meaning:
      'Where events are kept. sqlite: a file in the data directory. memory: lost at exit and seen by the command app alone, for trying its HTTP API.',
    readBy: ['command', 'gateway', 'start'],
  }),
  commandUrl: address({
    name: 'WAYMARK_COMMAND_URL',
    schemes: ['http:', 'https:'],
    defaultText: '(http://, WAYMARK_HOST and WAYMARK_COMMAND_PORT)',
    meaning: 'Where the tick-gateway reaches the command app.',
    readBy: ['gateway', 'demo'],
  }),
  publicGatewayUrl: address({
    name: 'WAYMARK_PUBLIC_GATEWAY_URL',
    schemes: ['ws:', 'wss:'],
    defaultText: '(ws://, WAYMARK_HOST and WAYMARK_GATEWAY_PORT)',
    meaning:
      'Where players reach the tick-gateway: told to everyone who joins a game. wss:// behind a proxy that ends TLS.',
    readBy: ['command', 'gateway', 'demo'],
  }),
  corsOrigins: origins({
    name: 'WAYMARK_CORS_ORIGINS',
    meaning:
      'Origins whose pages may use both HTTP APIs from a browser (CORS). Not needed for pages of the same origin, for other programs, or for WebSockets, which know no such rule.',
    readBy: ['command', 'gateway'],
  }),
  tickMs: integer({
    name: 'WAYMARK_TICK_MS',
    default: TICK_PERIOD_MS_DEFAULT,
    min: TICK_PERIOD_MS_MIN,
    max: TICK_PERIOD_MS_MAX,
    meaning: 'Milliseconds from one frame of a game to its next.',
    readBy: ['gateway'],
  }),
  tickSlotMs: integer({
    name: 'WAYMARK_TICK_SLOT_MS',
    default: 5,
    min: 1,
    max: 50,
    meaning:
      'Games are spread over the tick period in slots of this many milliseconds: fewer wake-ups when larger, more even load when smaller.',
    readBy: ['gateway'],
  }),
  poison: flag({
    name: 'WAYMARK_POISON',
    default: false,
    meaning:
      'Overwrites frame memory as soon as it is released, so that a reuse fault shows as a broken frame. For tests; costs a few per cent of CPU.',
    readBy: ['gateway'],
  }),
  drainMs: integer({
    name: 'WAYMARK_DRAIN_MS',
    default: 5_000,
    min: 0,
    max: 600_000,
    meaning:
      'How long a gateway that is told to stop takes to hand its players over, in jittered batches. npm start uses 500 unless it is set.',
    readBy: ['gateway', 'start'],
  }),
  logLevel: choice({
    name: 'WAYMARK_LOG_LEVEL',
    default: 'info',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    meaning: 'Least severe log line that is written.',
    readBy: ['command', 'gateway', 'demo'],
  }),
  demo: flag({
    name: 'WAYMARK_DEMO',
    default: true,
    meaning:
      'Under npm start: publish the example quests when the store has none, and keep demo games going with bots.',
    readBy: ['start'],
  }),
  demoGames: integer({
    name: 'WAYMARK_DEMO_GAMES',
    default: 3,
    min: 1,
    max: 200,
    meaning: 'How many demo games are kept going.',
    readBy: ['demo'],
  }),
  testTier: text({
    name: 'WAYMARK_TIER',
    default: 'spec,contract,fuzz',
    rule: 'names of test tiers, joined by commas',
    meaning: 'Tiers that a run of the tests takes (CONTRIBUTING.md). The apps do not look at it.',
    readBy: ['tests'],
  }),
} as const;

/** Settings of other names that a later version reads: setting one must not pass in silence. */
export const SETTINGS_NOT_BUILT = [
  {
    name: 'REDIS_URL',
    means: () => true,
    sentence: 'this version has no Redis feed yet; unset it, and the gateway follows the event store itself',
  },
  {
    name: 'EVENTSTOREDB_URL',
    means: () => true,
    sentence: 'this version has no EventStoreDB adapter yet; unset it, and events are kept in SQLite',
  },
  {
    name: 'WAYMARK_EVENT_STORE',
    means: (value: string) => value === 'eventstoredb',
    sentence: 'this version has no EventStoreDB adapter yet; use sqlite',
  },
] as const;

export type SettingKey = keyof typeof SETTINGS;

/** What a process was told, checked. Addresses are filled in, the data directory is absolute. */
export type Config = { readonly [Key in SettingKey]: (typeof SETTINGS)[Key]['default'] };
