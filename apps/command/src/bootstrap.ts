import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createMemoryEventStore, openSqliteEventStore, StoreOpenError, type EventStore } from '@waymark/event-store';
import { createBell } from '@waymark/feed';
import {
  createMetrics,
  DataDirError,
  openKeyring,
  prepareDataDir,
  startAdminServer,
  systemClock,
  systemRandom,
  type AppContext,
  type Config,
  type DataDir,
} from '@waymark/platform';
import type { HealthChecks } from './http/about.controller.ts';
import { createHttpApp } from './wiring/http-app.ts';
import { registerMetrics } from './wiring/metrics.ts';
import { createServices, type Services } from './wiring/services.ts';
import { ShutDown } from './wiring/shut-down.ts';

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

export async function bootstrap({ config, log }: AppContext): Promise<CommandApp> {
  const closing = new ShutDown();
  try {
    const dataDir = await prepareDataDir(config.dataDir);
    const keyring = await openKeyring(dataDir.keys);
    const store = await openStore(config, dataDir);
    closing.add(() => store.close());

    const services = createServices({ store, keyring, clock: systemClock, random: systemRandom, log });
    const { games, questWorker, quests, scheduler } = services;
    await services.authorTokens.writeDevToken(dataDir.devToken);
    await scheduler.rebuild(store);
    const bell = await createBell({ path: dataDir.bell, logId: store.logId });
    closing.add(() => bell.close());
    store.onCommitted((events) => {
      bell.ring(events);
      scheduler.observe(events);
    });

    const health = healthChecks(closing, services);
    const { corsOrigins, publicGatewayUrl: gatewayUrl } = config;
    const { nest, routes } = await createHttpApp({ services, gatewayUrl, corsOrigins, health, log });
    questWorker.warmUp();
    closing.add(() => questWorker.close());
    closing.add(() => Promise.all([games.idle(), quests.idle()]));
    const metrics = createMetrics({ app: 'command', version: VERSION });
    closing.add(() => metrics.close());
    registerMetrics(metrics, services);
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
/** The whole stop has 2 s. */
const FINISH_REQUESTS_MS = 1_000;

function openStore(config: Config, dataDir: DataDir): Promise<EventStore> | EventStore {
  return config.eventStore === 'memory' ? createMemoryEventStore() : openSqliteEventStore({ file: dataDir.events });
}

function healthChecks(closing: ShutDown, { watch }: Services): HealthChecks {
  return {
    live: [{ name: 'event-loop', check: () => ({ ok: true, detail: 'it answers' }) }],
    ready: [
      {
        name: 'running',
        check: () =>
          closing.begun ? { ok: false, detail: 'the process is stopping' } : { ok: true, detail: 'commands are taken' },
      },
      watch.check,
    ],
  };
}

/** A log that cannot be opened is a matter of the data directory: told in one sentence, without a stack. */
function explained(error: unknown): unknown {
  return error instanceof StoreOpenError ? new DataDirError(error.message, { cause: error }) : error;
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
