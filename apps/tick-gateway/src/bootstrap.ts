import 'reflect-metadata';
import { openSqliteEventStore, StoreOpenError, type SqliteEventStore } from '@waymark/event-store';
import {
  createMetrics,
  DataDirError,
  prepareDataDir,
  startAdminServer,
  systemClock,
  systemRandom,
  waitForKeyring,
  type AppContext,
  type RunningApp,
} from '@waymark/platform';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerMetrics } from './wiring/gateway-metrics.ts';
import { createCore } from './wiring/gateway-core.ts';
import { createHttpApp } from './wiring/http-app.ts';

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
const WAIT_STEP_MS = 50;
const VERSION = '0.1.0';

export async function bootstrap({ config, log }: AppContext, waitMs = WAIT_FOR_COMMAND_MS): Promise<Gateway> {
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  };
  try {
    const dataDir = await prepareDataDir(config.dataDir);
    const keyring = await waitForKeyring(dataDir.keys, waitMs);
    const store = await waitForStore(dataDir.events, waitMs);
    closing.push(() => store.close());

    const core = createCore({
      config,
      dataDir,
      keyring,
      store,
      clock: systemClock,
      random: systemRandom,
      log,
      bornAt: performance.timeOrigin,
      onCaughtUp: () => core.canary.start(ownAddress(config.host, port)),
      onFatal: (error) => {
        log.fatal({ err: error }, 'the projection cannot go on; ending');
        process.exit(1);
      },
    });
    const { canary, feed, playServer, projector, reachClient, readyChecks, schedule, tickLoop, waiters } = core;
    const metrics = createMetrics({ app: 'gateway', version: VERSION });
    closing.push(() => metrics.close());
    registerMetrics(metrics, core);

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
      () => playServer.drain(),
      () => canary.stop(),
    );
    log.info({ port, adminPort: admin.port, logId: store.logId }, 'the gateway listens');
    return { port, adminPort: admin.port, stop: closeAll };
  } catch (error) {
    await closeAll();
    throw explained(error);
  }
}

async function waitForStore(file: string, waitMs: number): Promise<SqliteEventStore> {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return await openSqliteEventStore({ file, readOnly: true });
    } catch (error) {
      const isMissing = error instanceof StoreOpenError && error.failure === 'missing';
      if (!isMissing) throw error;
      if (performance.now() < until) await sleep(WAIT_STEP_MS);
      else
        throw new DataDirError(
          `no event log at ${file} after ${waitMs} ms; the command app makes it on its first start`,
        );
    }
  }
}

/** A log that cannot be opened is a matter of the data directory: told in one sentence, without a stack. */
function explained(error: unknown): unknown {
  return error instanceof StoreOpenError ? new DataDirError(error.message, { cause: error }) : error;
}

/** Where this machine reaches a server that listens on `host`. */
function ownAddress(host: string, port: number): string {
  if (host === '0.0.0.0') return `ws://127.0.0.1:${port}`;
  if (host === '::') return `ws://[::1]:${port}`;
  return host.includes(':') ? `ws://[${host}]:${port}` : `ws://${host}:${port}`;
}
