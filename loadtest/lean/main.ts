/**
 * The load of docs/performance.md in one command: both built apps on a data directory of their own, games from generated quests, one raw socket
 * a game, commands in an open model; prints what players felt and what it cost, as JSON.
 *
 *   node --conditions=waymark-source loadtest/lean/main.ts [--games 2000] [--quests 8] [--waypoints 4200] [--rate 2000]
 *        [--seconds 30] [--warmup 10] [--profile delta|full] [--publish-each-ms 0] [--trace]
 */
import { parseArgs } from 'node:util';
import { systemClock } from '@waymark/platform';
import { startApps, usageOf, type AppProcess, type AppsUnderTest } from './apps-under-test.ts';
import { CommandStream } from './command-stream.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { Players } from './players.ts';
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
};
const clock = (): number => systemClock.now();
const say = (line: string): void => void process.stderr.write(`${line}\n`);

say('starting the apps');
const apps = await startApps();
process.on('SIGINT', () => void apps.stop().then(() => process.exit(130)));
try {
  console.log(JSON.stringify(await run(apps), null, 2));
} finally {
  await apps.stop();
}
process.exit(0);

async function run({ commandUrl, gatewayUrl, token, command, gateway }: AppsUnderTest): Promise<unknown> {
  const games = await setUpGames({ commandUrl, token, ...options, say });
  const players = new Players({ games, gatewayUrl, profile: options.profile, clock });
  await players.connect(say);

  const commandLag = new LatencyHistogram();
  const publishLag = new LatencyHistogram();
  const failures: string[] = [];
  let answered = 0;
  let measuring = false;
  const stream = new CommandStream({
    commandUrl,
    connections: 64,
    clock,
    onResult({ command: { intendedAt, path }, status, body, answeredAt }) {
      if (path === '/quests' ? status !== 201 : status !== 200) failures.push(`${status} ${body.slice(0, 200)}`);
      if (!measuring) return;
      answered += 1;
      (path === '/quests' ? publishLag : commandLag).record(answeredAt - intendedAt);
    },
  });
  const document = options.publishEachMs > 0 ? await games.document(options.publishWaypoints) : '';

  const generatorLate = new LatencyHistogram();
  const startedAt = clock();
  let sent = 0;
  let published = 0;
  const pump = setInterval(() => {
    const now = clock();
    for (; startedAt + (sent * 1_000) / options.rate <= now; sent++) {
      const intendedAt = startedAt + (sent * 1_000) / options.rate;
      if (measuring) generatorLate.record(now - intendedAt);
      const next = games.nextReach(sent % games.count, players.sessionToken(sent % games.count));
      if (next !== null) stream.send({ ...next, intendedAt });
    }
    for (; options.publishEachMs > 0 && startedAt + published * options.publishEachMs <= now; published++) {
      stream.send({
        path: '/quests',
        token,
        key: `publish-${published}`,
        body: document,
        intendedAt: startedAt + published * options.publishEachMs,
      });
    }
  }, 1);

  const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  say(`warming up for ${options.warmup} s`);
  await wait(options.warmup);
  const before = [command, gateway].map(snapshot);
  const generatorBefore = process.cpuUsage();
  players.startMeasuring();
  measuring = true;
  say(`measuring for ${options.seconds} s`);
  await wait(options.seconds);
  measuring = false;
  const frames = players.stopMeasuring(options.seconds);
  const generatorUsed = process.cpuUsage(generatorBefore);
  const costs = [command, gateway].map((app, i) => cost(app, before[i]!));
  clearInterval(pump);
  await wait(1);
  stream.close();
  players.close();
  return {
    options,
    command: { ...commandLag.summary(), answered, failures: failures.length, firstFailure: failures[0] ?? null },
    ...(options.publishEachMs > 0 && { publish: publishLag.summary() }),
    ...frames,
    costs,
    generator: {
      cores: round((generatorUsed.user + generatorUsed.system) / 1e6 / options.seconds),
      lateMs: generatorLate.summary(),
    },
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

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
