import { TICK_PERIOD_MS_DEFAULT, TICK_PERIOD_MS_MAX, TICK_PERIOD_MS_MIN } from '@waymark/base';
import {
  address,
  choice,
  flag,
  host,
  integer,
  origins,
  path,
  perMinute,
  port,
  proxies,
  redisUrl,
  secret,
  text,
} from './setting.ts';

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
    choices: ['sqlite', 'eventstoredb', 'memory'],
    meaning:
      'Where events are kept. sqlite: a file in the data directory, for one command app. eventstoredb: the server that EVENTSTOREDB_URL names, for any number of command apps. memory: lost at exit and seen by the command app alone, for trying its HTTP API.',
    readBy: ['command', 'gateway', 'start'],
  }),
  eventStoreDbUrl: text({
    name: 'EVENTSTOREDB_URL',
    mayBeInFile: true,
    default: '',
    defaultText: '(none)',
    rule: 'a connection string such as esdb://user:password@host:2113?tls=true&tlsCAFile=/etc/waymark/ca.pem; esdb+discover:// or several hosts for a cluster',
    meaning:
      'With WAYMARK_EVENT_STORE=eventstoredb: the server, and the user who may append and read. TLS unless tls=false. docs/operations.md has its options and what each fault looks like.',
    readBy: ['command', 'gateway'],
  }),
  keysDir: path({
    name: 'WAYMARK_KEYS_DIR',
    defaultText: '(the directory keys in WAYMARK_DATA_DIR, where the command app makes them on its first start)',
    rule: 'a directory with the files author.jwk and internal.jwk',
    meaning:
      'Given keys, the same for all processes of a deployment, such as a mounted Secret of Kubernetes. They are read once, at start, and never written. No development token is made then.',
    readBy: ['command', 'gateway', 'start'],
  }),
  internalKey: secret({
    name: 'WAYMARK_INTERNAL_KEY',
    mayBeInFile: true,
    defaultText: '(internal.jwk among the keys)',
    bytesMin: 32,
    meaning:
      'The secret that tickets, session tokens and service tokens are signed with, in place of internal.jwk; the same for all processes of a deployment.',
    readBy: ['command', 'gateway'],
  }),
  authorKeys: path({
    name: 'WAYMARK_AUTHOR_KEYS',
    defaultText: '(author.jwk among the keys)',
    rule: 'a file with a public key as JWK, or with several as JWKS',
    meaning:
      "Public keys (Ed25519, EC or RSA) that authors' tokens are checked with, where somebody else issues them. Read once, at start. Such a token has iss, aud, exp, sub and scope. author.jwk is not needed then, and no development token is made.",
    readBy: ['command', 'gateway', 'start'],
  }),
  authorIssuer: text({
    name: 'WAYMARK_AUTHOR_ISSUER',
    default: 'waymark',
    rule: 'text',
    meaning: "What iss of an author's token must be. Only with WAYMARK_AUTHOR_KEYS.",
    readBy: ['command', 'gateway'],
  }),
  authorAudience: text({
    name: 'WAYMARK_AUTHOR_AUDIENCE',
    default: 'waymark:authors',
    rule: 'text',
    meaning: "What aud of an author's token must be, or hold. Only with WAYMARK_AUTHOR_KEYS.",
    readBy: ['command', 'gateway'],
  }),
  redisUrl: redisUrl({
    name: 'REDIS_URL',
    mayBeInFile: true,
    meaning:
      'A Redis (6.2 or newer, one server or the primary) through which committed events travel to gateways, and that several processes share tickets, limits and the directory of gateways in. Nothing is kept only there: without it events are read from the event store, and each process goes on by itself.',
    readBy: ['command', 'gateway'],
  }),
  redisPartitions: integer({
    name: 'WAYMARK_REDIS_PARTITIONS',
    default: 1,
    min: 1,
    max: 64,
    meaning:
      'Redis streams that the feed is spread over, by game. One costs least; more are for readers of some of them. All processes must have the same number; one that has not reads the event store.',
    readBy: ['command', 'gateway'],
  }),
  redisHistoryEvents: integer({
    name: 'WAYMARK_REDIS_HISTORY_EVENTS',
    default: 100_000,
    min: 1_000,
    max: 10_000_000,
    meaning:
      'About how many of the newest events Redis holds. A gateway that was away for longer reads the event store first.',
    readBy: ['command'],
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
  failedJoinsPerAddress: perMinute({
    name: 'WAYMARK_LIMIT_FAILED_JOINS_PER_ADDRESS',
    default: 60,
    meaning:
      'Joins with a wrong join code from one address, over all games. Past it, joins that show a code are answered with 429 until the minute allows more; so with every limit: so many in a row, then evenly spread.',
    readBy: ['command'],
  }),
  failedJoinsPerGame: perMinute({
    name: 'WAYMARK_LIMIT_FAILED_JOINS_PER_GAME',
    default: 300,
    meaning:
      'Joins with a wrong join code for one game, from all addresses. Past it, joins of that game that show a code are answered with 429; its owner and players who were in it need none.',
    readBy: ['command'],
  }),
  questDocumentsPerAuthor: perMinute({
    name: 'WAYMARK_LIMIT_QUEST_DOCUMENTS_PER_AUTHOR',
    default: 60_000,
    meaning: 'Quest documents that one author may draft, revise or have validated. Past it they are answered with 429.',
    readBy: ['command'],
  }),
  connectsPerAddress: perMinute({
    name: 'WAYMARK_LIMIT_CONNECTS_PER_ADDRESS',
    default: 60_000,
    meaning:
      'WebSockets that one address may open. Past it they are closed with 4006. Behind a proxy, set WAYMARK_TRUSTED_PROXIES, otherwise all players have the address of the proxy.',
    readBy: ['gateway'],
  }),
  trustedProxies: proxies({
    name: 'WAYMARK_TRUSTED_PROXIES',
    meaning:
      'Proxies whose X-Forwarded-For is believed when limits count addresses: the last address in it that is none of these is the client. Name every proxy on the way and nobody else: a client could otherwise claim any address.',
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
      'Games are spread over the tick period in slots of this many milliseconds: fewer wake-ups when larger, more even load when smaller. At most WAYMARK_TICK_MS.',
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
  otelTracesUrl: address({
    name: 'WAYMARK_OTEL_TRACES_URL',
    schemes: ['http:', 'https:'],
    defaultText: '(none: no traces are made)',
    meaning:
      'Where OpenTelemetry traces of commands, appends, reaches and projected events are sent: the whole address of a collector, as OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces.',
    readBy: ['command', 'gateway'],
  }),
  otelSamplePercent: integer({
    name: 'WAYMARK_OTEL_SAMPLE_PERCENT',
    default: 100,
    min: 0,
    max: 100,
    meaning:
      'Of the traces that begin in Waymark, how many in a hundred are recorded. A trace that comes with a request is recorded when its caller records it.',
    readBy: ['command', 'gateway'],
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

export type SettingKey = keyof typeof SETTINGS;

/** What a process was told, checked. Addresses are filled in, the data directory is absolute. */
export type Config = { readonly [Key in SettingKey]: (typeof SETTINGS)[Key]['default'] };
