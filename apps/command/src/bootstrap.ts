import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StoreOpenError, StoreUnavailableError, type EventStore } from '@waymark/event-store';
import { createBell } from '@waymark/feed';
import {
  createMetrics,
  DataDirError,
  givenKeysOf,
  openKeyring,
  prepareDataDir,
  registerReadiness,
  startAdminServer,
  startTracing,
  systemClock,
  systemRandom,
  type AppContext,
  type DataDir,
  type HealthCheck,
  type Log,
} from '@waymark/platform';
import type { HealthChecks } from './http/about.controller.ts';
import { followLog } from './wiring/follow-log.ts';
import { createHttpApp } from './wiring/http-app.ts';
import { registerMetrics, registerRelay } from './wiring/metrics.ts';
import { openEventStore } from './wiring/open-event-store.ts';
import { openRelay } from './wiring/open-relay.ts';
import { openShared } from './wiring/open-shared.ts';
import { patientLog } from './wiring/patient-log.ts';
import { registerShared } from './wiring/shared-metrics.ts';
import { createServices, type Services } from './wiring/services.ts';
import { ShutDown } from './wiring/shut-down.ts';
import { traceAppends } from './wiring/traced-store.ts';

/**
 * The command app from its settings to a listening server, and back: main.ts and the tests start it through here. Parts are opened in the
 * order in which they need each other, and closed in the reverse order, also when a later one fails to open.
 */
export interface CommandApp {
  readonly nest: NestFastifyApplication;
  readonly services: Services;
  readonly store: EventStore;
  readonly urls: { readonly api: string; readonly admin: string };
  /** Each route as "GET /games/:gameId". */
  readonly routes: readonly string[];
  /** Takes nothing new, finishes what was taken, lets go of everything. */
  stop(): Promise<void>;
}

export async function bootstrap(context: AppContext): Promise<CommandApp> {
  const { config, log } = context;
  const closing = new ShutDown();
  try {
    const dataDir = await prepareDataDir(config.dataDir);
    const keyring = await openKeyring(dataDir.keys, givenKeysOf(config));
    const { isShared, store } = await openEventStore(context, dataDir);
    closing.add(() => store.close());

    const { otelSamplePercent: samplePercent, otelTracesUrl: url } = config;
    const tracer = await startTracing({ app: 'command', version: VERSION, url, samplePercent, log });
    if (tracer !== null) {
      closing.add(() => tracer.close());
      traceAppends(store, tracer);
    }

    const services = createServices({ store, isShared, keyring, clock: systemClock, random: systemRandom, log });
    const { games, questWorker, quests, scheduler } = services;
    if (keyring.ownsAuthorKey) await services.authorTokens.writeDevToken(dataDir.devToken);
    const rebuiltTo = await scheduler.rebuild(isShared ? patientLog(store, context) : store);
    if (isShared) hearEveryone(store, rebuiltTo, { closing, log, services });
    else await tellGateways(store, dataDir, { closing, services });

    const relay = await openRelay(config, store, log);
    closing.add(() => relay.close());

    const shared = await openShared({ config, clock: systemClock, log, logId: store.logId });
    closing.add(() => shared.close());

    const health = healthChecks(closing, services, [...relay.checks, ...shared.checks]);
    const { corsOrigins } = config;
    const { nest, routes } = await createHttpApp({ services, shared, corsOrigins, health, log, tracer });
    questWorker.warmUp();
    closing.add(() => questWorker.close());
    closing.add(() => Promise.all([games.idle(), quests.idle()]));
    const metrics = createMetrics({ app: 'command', version: VERSION });
    closing.add(() => metrics.close());
    registerMetrics(metrics, services, store);
    registerRelay(metrics, relay);
    registerShared(metrics, shared);
    registerReadiness(metrics, health.ready);
    const admin = await startAdminServer({ host: config.host, port: config.commandAdminPort, metrics, ...health });
    closing.add(() => admin.close());
    closing.add(() => closeHttp(nest));
    // Not through Nest, which would log a port that is taken beside the sentence that we say ourselves.
    await nest.getHttpAdapter().getInstance().listen({ host: config.host, port: config.commandPort });
    scheduler.start();
    closing.add(() => scheduler.stop());

    const { port } = nest.getHttpServer().address() as AddressInfo;
    const urls = {
      api: `http://${reached(config.host)}:${port}`,
      admin: `http://${reached(config.host)}:${admin.port}`,
    };
    log.info({ ...urls, liveGames: services.liveGames.gameCount }, 'ready');
    return { nest, services, store, urls, routes: routes.list(), stop: () => closing.run() };
  } catch (error) {
    await closing.run();
    throw explained(error);
  }
}

const VERSION = '0.1.0';
/**
 * Node takes a connection on which nothing was sent yet for a busy one, so any open browser has the stop last this long. It must end well before the app is killed
 * (stopMs in tools/start/programs.ts).
 */
const FINISH_REQUESTS_MS = 500;

/** Nobody else writes: what this process commits is all there is, and gateways hear of it by the bell. */
async function tellGateways(
  store: EventStore,
  dataDir: DataDir,
  { closing, services }: { readonly closing: ShutDown; readonly services: Services },
): Promise<void> {
  const { scheduler, tally } = services;
  const bell = await createBell({ path: dataDir.bell, logId: store.logId });
  closing.add(() => bell.close());
  store.onCommitted((events) => {
    bell.ring(events);
    tally.committed(events);
    scheduler.observe(events);
  });
}

/** Others write, too: their commits and ours come by the log itself, to the gateways as well. */
function hearEveryone(
  store: EventStore,
  after: bigint,
  { closing, log, services }: { readonly closing: ShutDown; readonly log: Log; readonly services: Services },
): void {
  store.onCommitted((events) => services.tally.committed(events));
  const onFatal = (error: Error): void => {
    log.fatal({ err: error }, 'the log can no longer be followed; ending');
    process.exit(1);
  };
  const followed = followLog(store, after, { log, onFatal, services });
  closing.add(() => followed.stop());
}

function healthChecks(closing: ShutDown, { watch }: Services, others: readonly HealthCheck[]): HealthChecks {
  return {
    live: [{ name: 'event-loop', check: () => ({ ok: true, detail: 'it answers' }) }],
    ready: [
      {
        name: 'running',
        check: () =>
          closing.begun ? { ok: false, detail: 'the process is stopping' } : { ok: true, detail: 'commands are taken' },
      },
      watch.check,
      ...others,
    ],
  };
}

/** A log that cannot be opened is told in one sentence, without a stack. */
function explained(error: unknown): unknown {
  const isOfStore = error instanceof StoreOpenError || error instanceof StoreUnavailableError;
  return isOfStore ? new DataDirError(error.message, { cause: error }) : error;
}

/** Requests under way may end; a client that is slow to send or to read does not hold the process up. */
async function closeHttp(nest: NestFastifyApplication): Promise<void> {
  const cutOff = setTimeout(() => nest.getHttpServer().closeAllConnections(), FINISH_REQUESTS_MS);
  await nest.close();
  clearTimeout(cutOff);
}

const reached = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};
