/**
 * The load of docs/performance.md in one command: both built apps on a data directory of their own, games from generated quests, one raw socket
 * a game, commands in an open model; prints what players felt and what it cost, as JSON.
 *
 *   node --conditions=waymark-source loadtest/companion/main.ts [--games 2000] [--quests 8] [--waypoints 4200] [--rate 2000]
 *        [--seconds 30] [--warmup 10] [--profile delta|full] [--publish-each-ms 0] [--scrape-each-ms 0] [--redis redis://HOST:PORT]
 */
import { parseArgs } from 'node:util';
import { systemClock } from '@waymark/platform';
import { lagSummary, measurementSummary } from '../measure/measurement-summary.ts';
import { startApps, usageOf, type AppProcess, type AppsUnderTest } from './apps-under-test.ts';
import { Companion } from './companion.ts';
import { Scraper } from './scraper.ts';
import { setUpGames } from './set-up.ts';

const { values } = parseArgs({
  options: {
    games: { type: 'string', default: '2000' },
    quests: { type: 'string', default: '8' },
    waypoints: { type: 'string', default: '4200' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '10' },
    profile: { type: 'string', default: 'delta' },
    'publish-each-ms': { type: 'string', default: '0' },
    'publish-waypoints': { type: 'string', default: '8500' },
    'scrape-each-ms': { type: 'string', default: '0' },
    redis: { type: 'string', default: '' },
  },
});
const options = {
  games: Number(values.games),
  quests: Number(values.quests),
  waypoints: Number(values.waypoints),
  rate: Number(values.rate),
  seconds: Number(values.seconds),
  warmup: Number(values.warmup),
  profile: values.profile === 'full' ? ('full' as const) : ('delta' as const),
  publishEachMs: Number(values['publish-each-ms']),
  publishWaypoints: Number(values['publish-waypoints']),
  scrapeEachMs: Number(values['scrape-each-ms']),
};
const TICK_PERIOD_MS = 150;
const BUDGET_MS = 35;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

say('starting the apps');
const apps = await startApps({ REDIS_URL: values.redis });
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
