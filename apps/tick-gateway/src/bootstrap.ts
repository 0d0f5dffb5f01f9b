import 'reflect-metadata';
import { StoreOpenError } from '@waymark/event-store';
import {
  createMetrics,
  DataDirError,
  givenKeysOf,
  prepareDataDir,
  startAdminServer,
  startTracing,
  systemClock,
  systemRandom,
  waitForKeyring,
  type AppContext,
  type RunningApp,
} from '@waymark/platform';
import type { AddressInfo } from 'node:net';
import { registerMetrics } from './wiring/gateway-metrics.ts';
import { createCore } from './wiring/gateway-core.ts';
import { createHttpApp } from './wiring/http-app.ts';
import { openEventStore } from './wiring/open-event-store.ts';
import { openFeed } from './wiring/open-feed.ts';
import { openShared } from './wiring/open-shared.ts';
import { registerShared } from './wiring/shared-metrics.ts';

/**
 * Starts the gateway: waits for the command app's log and keys, listens, replays the log, ticks. Used by main.ts and by tests. The port is
 * open while the log is still read, and answers that it is not ready. Parts are closed in the reverse order, also when a later one fails.
 */
export interface Gateway extends RunningApp {
  readonly port: number;
  readonly adminPort: number;
}

/** The command app makes log and keys on its first start; both processes may be started together. */
const WAIT_FOR_COMMAND_MS = 30_000;
const VERSION = '0.1.0';

export async function bootstrap(context: AppContext, waitMs = WAIT_FOR_COMMAND_MS): Promise<Gateway> {
  const { config, log, stopping } = context;
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  };
  try {
    const dataDir = await prepareDataDir(config.dataDir);
    const keyring = await waitForKeyring(dataDir.keys, waitMs, stopping, givenKeysOf(config));
    const store = await openEventStore(context, dataDir, waitMs);
    closing.push(() => store.close());

    const { otelSamplePercent: samplePercent, otelTracesUrl: url } = config;
    const tracer = await startTracing({ app: 'gateway', version: VERSION, url, samplePercent, log });
    closing.push(() => tracer?.close());

    const openedFeed = await openFeed({ config, dataDir, store, log });
    closing.push(() => openedFeed.close());
    const shared = await openShared({
      config,
      clock: systemClock,
      random: systemRandom,
      log,
      logId: store.logId,
      version: VERSION,
    });
    closing.push(() => shared.close());
    const core = createCore({
      config,
      keyring,
      store,
      feed: openedFeed,
      clock: systemClock,
      random: systemRandom,
      log,
      tracer,
      shared,
      bornAt: performance.timeOrigin,
      onCaughtUp: () => {
        core.canary.start(ownAddress(config.host, port));
        shared.start(playServer);
      },
      onFatal: (error) => {
        log.fatal({ err: error }, 'the projection cannot go on; ending');
        process.exit(1);
      },
    });
    const { canary, feed, playServer, projector, reachClient, readyChecks, schedule, tickLoop, waiters } = core;
    const metrics = createMetrics({ app: 'gateway', version: VERSION });
    closing.push(() => metrics.close());
    registerMetrics(metrics, core);
    registerShared(metrics, shared);

    const app = await createHttpApp(core, config.corsOrigins, log);
    closing.push(() => app.close());
    closing.push(() => reachClient.close());
    await app.listen({ port: config.gatewayPort, host: config.host });
    const { port } = app.getHttpServer().address() as AddressInfo;
    const admin = await startAdminServer({
      host: config.host,
      port: config.gatewayAdminPort,
      metrics,
      live: [],
      ready: readyChecks,
    });
    closing.push(() => admin.close());

    schedule.start(systemClock.now());
    tickLoop.start();
    feed.start(0n, projector);
    closing.push(
      () => feed.stop(),
      () => waiters.close(),
      () => projector.stop(),
      () => tickLoop.stop(),
      // Before anybody is sent away, so that no other gateway sends them back.
      () => playServer.drain(shared.announceDrain()),
      () => canary.stop(),
    );
    log.info({ port, adminPort: admin.port, logId: store.logId }, 'the gateway listens');
    return { port, adminPort: admin.port, stop: closeAll };
  } catch (error) {
    await closeAll();
    throw explained(error);
  }
}

/** A log that cannot be opened is told in one sentence, without a stack. */
function explained(error: unknown): unknown {
  return error instanceof StoreOpenError ? new DataDirError(error.message, { cause: error }) : error;
}

/** Where this machine reaches a server that listens on `host`. */
function ownAddress(host: string, port: number): string {
  if (host === '0.0.0.0') return `ws://127.0.0.1:${port}`;
  if (host === '::') return `ws://[::1]:${port}`;
  return host.includes(':') ? `ws://[${host}]:${port}` : `ws://${host}:${port}`;
}
