/**
 * The load of docs/performance.md in one command: both built apps on a data directory of their own, games from generated quests, one raw socket
 * a game, commands in an open model; prints what players felt and what it cost, as JSON.
 *
 *   node --conditions=waymark-source loadtest/companion/main.ts [flags]     --help tells them
 */
import { GAMES_LIVE_MAX, WAYPOINTS_MAX } from '@waymark/base';
import { systemClock } from '@waymark/platform';
import { CommandLineError, ownCommandLine, wholeNumber } from '../../tools/command-line/command-line.ts';
import { lagSummary, measurementSummary } from '../measure/measurement-summary.ts';
import { startApps, usageOf, type AppProcess, type AppsUnderTest } from './apps-under-test.ts';
import { Companion } from './companion.ts';
import { Scraper } from './scraper.ts';
import { setUpGames } from './set-up.ts';

/** What a number may be, and is by default. */
const NUMBERS = {
  games: { default: 2_000, min: 1, max: GAMES_LIVE_MAX, what: 'games, of one player and one socket each' },
  quests: { default: 8, min: 1, max: GAMES_LIVE_MAX, what: 'over which the games are spread' },
  waypoints: { default: 4_200, min: 2, max: WAYPOINTS_MAX, what: 'of each quest' },
  rate: { default: 2_000, min: 0, max: 100_000, what: 'commands a second' },
  seconds: { default: 30, min: 1, max: 86_400, what: 'of the measuring window' },
  warmup: { default: 10, min: 0, max: 86_400, what: 'seconds of full load before it' },
  'publish-each-ms': { default: 0, min: 0, max: 86_400_000, what: 'between publications of a large quest; 0: none' },
  'publish-waypoints': { default: 8_500, min: 2, max: WAYPOINTS_MAX, what: 'of that quest' },
  'scrape-each-ms': { default: 0, min: 0, max: 86_400_000, what: 'between scrapes of /metrics; 0: none' },
} as const;
type NumberName = keyof typeof NUMBERS;

const HELP = `node_modules/.bin/node --conditions=waymark-source loadtest/companion/main.ts [flags]

  The load of docs/performance.md on both apps; prints what players felt and what it cost, as JSON. Build first: npm run build.

${Object.entries(NUMBERS)
  .map(([name, rule]) => `  ${`--${name} N`.padEnd(22)} ${rule.what}; default ${rule.default}`)
  .join('\n')}
  --profile NAME         of frames: delta or full; default delta
  --redis URL            events travel through this Redis (REDIS_URL of the apps)
  --help

Exit codes: 0 it was measured, 1 it could not be, 2 the flags are wrong, 130 interrupted.
`;

const text = { type: 'string' } as const;
const { redis, ...options } = ownCommandLine({
  help: HELP,
  options: {
    games: text,
    quests: text,
    waypoints: text,
    rate: text,
    seconds: text,
    warmup: text,
    'publish-each-ms': text,
    'publish-waypoints': text,
    'scrape-each-ms': text,
    profile: text,
    redis: text,
  },
  read({ values }) {
    const { profile = 'delta' } = values;
    if (profile !== 'delta' && profile !== 'full')
      throw new CommandLineError(`--profile is delta or full, not ${JSON.stringify(profile)}`);
    const number = (name: NumberName): number => {
      const { default: otherwise, max, min } = NUMBERS[name];
      return wholeNumber(`--${name}`, values[name] ?? String(otherwise), min, max);
    };
    return {
      games: number('games'),
      quests: number('quests'),
      waypoints: number('waypoints'),
      rate: number('rate'),
      seconds: number('seconds'),
      warmup: number('warmup'),
      profile: profile as 'delta' | 'full',
      publishEachMs: number('publish-each-ms'),
      publishWaypoints: number('publish-waypoints'),
      scrapeEachMs: number('scrape-each-ms'),
      redis: values.redis ?? '',
    };
  },
});
const TICK_PERIOD_MS = 150;
const BUDGET_MS = 35;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

say('starting the apps');
const apps = await startApps({ REDIS_URL: redis });
process.on('SIGINT', () => void apps.stop().then(() => process.exit(130)));
try {
  console.log(JSON.stringify(await run(apps), null, 2));
} finally {
  await apps.stop();
}
process.exit(0);

async function run(apps: AppsUnderTest): Promise<unknown> {
  const { command, commandAdminUrl, commandUrl, gateway, gatewayAdminUrl, gatewayUrl, token } = apps;
  const games = await setUpGames({ commandUrl, token, ...options, say });
  const companion = new Companion({
    runId: 'lean',
    commandUrl,
    gatewayUrl,
    profile: options.profile,
    games,
    heldFrom: 0,
    witness: null,
    publish:
      options.publishEachMs > 0 ? { token, eachMs: options.publishEachMs, waypoints: options.publishWaypoints } : null,
    storm: null,
    slowReaders: null,
  });
  await companion.connect();
  say(`${options.games} sockets are connected; warming up for ${options.warmup} s`);
  const sendFrom = systemClock.now() + 500;
  const fromMs = sendFrom + options.warmup * 1_000;
  const untilMs = fromMs + options.seconds * 1_000;
  const measured = companion.measure({
    fromMs,
    untilMs,
    steps: [
      { fromMs: sendFrom, perSecond: options.rate },
      { fromMs: untilMs, perSecond: 0 },
    ],
    tickPeriodMs: TICK_PERIOD_MS,
    tickBudgetMs: BUDGET_MS,
    commandBudgetMs: BUDGET_MS,
  });
  await wait(fromMs - systemClock.now());
  const scraper =
    options.scrapeEachMs > 0 ? new Scraper([commandAdminUrl, gatewayAdminUrl], options.scrapeEachMs) : null;
  say(`measuring for ${options.seconds} s`);
  const before = [command, gateway].map(snapshot);
  await wait(untilMs - systemClock.now());
  const scrapes = scraper?.close();
  const costs = [command, gateway].map((app, i) => cost(app, before[i]!));
  const { measurement, publishLatency } = await measured;
  await companion.close();
  return {
    options,
    ...measurementSummary(measurement),
    ...(publishLatency.length > 0 && { publish: lagSummary(publishLatency) }),
    costs,
    ...(scrapes !== undefined && { scrapes }),
  };
}

interface Snapshot {
  readonly cpuSeconds: number;
  readonly collections: number;
}

function snapshot(app: AppProcess): Snapshot {
  return { cpuSeconds: usageOf(app.pid).cpuSeconds, collections: app.collectionCount };
}

function cost(app: AppProcess, before: Snapshot): unknown {
  const { cpuSeconds, rssBytes } = usageOf(app.pid);
  const { allocatedBytes, count, majorCount, pauseMs, pauseMsMax } = app.collectionsSince(before.collections);
  return {
    app: app.name,
    cores: round((cpuSeconds - before.cpuSeconds) / options.seconds),
    rssMb: round(rssBytes / 1e6),
    allocatedMbPerMinute: round((allocatedBytes / 1e6 / options.seconds) * 60),
    collections: count,
    majorCollections: majorCount,
    pauseMsPerSecond: round(pauseMs / options.seconds),
    pauseMsMax: round(pauseMsMax),
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
