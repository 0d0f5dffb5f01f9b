import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { openSqliteEventStore, StoreOpenError, type SqliteEventStore } from '@waymark/event-store';
import {
  createMetrics,
  dataDirPaths,
  startAdminServer,
  systemClock,
  systemRandom,
  waitForKeyring,
  type AppContext,
  type RunningApp,
} from '@waymark/platform';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemFilter } from './http/problem.filter.ts';
import { registerMetrics } from './wiring/gateway-metrics.ts';
import { GatewayModule } from './wiring/gateway.module.ts';
import { createCore } from './wiring/gateway-core.ts';
import { PlayAdapter } from './wiring/play-adapter.ts';

/**
 * Starts the gateway: waits for the command app's log and keys, listens, replays the log, ticks. Used by main.ts and by tests. The port is
 * open while the log is still read, and answers that it is not ready.
 */
export interface Gateway extends RunningApp {
  readonly port: number;
  readonly adminPort: number;
}

/** The command app makes log and keys on its first start; both processes may be started together. */
const WAIT_FOR_COMMAND_MS = 30_000;
const WAIT_STEP_MS = 50;

export async function bootstrap({ config, log }: AppContext): Promise<Gateway> {
  const dataDir = dataDirPaths(config.dataDir);
  const keyring = await waitForKeyring(dataDir.keys, WAIT_FOR_COMMAND_MS);
  const store = await waitForStore(dataDir.events);
  const onFatal = (error: Error): void => {
    log.fatal({ err: error }, 'the projection cannot go on; ending');
    process.exit(1);
  };
  const core = createCore({ config, dataDir, keyring, store, clock: systemClock, random: systemRandom, log, onFatal });
  const metrics = createMetrics({ app: 'gateway', version: '0.1.0' });
  registerMetrics(metrics, core);

  const adapter = new FastifyAdapter({ genReqId: () => randomUUID(), bodyLimit: 1_024, return503OnClosing: false });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(core), adapter, { logger: false });
  app.useWebSocketAdapter(new PlayAdapter(app));
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen({ port: config.gatewayPort, host: config.host });
  const admin = await startAdminServer({
    host: config.host,
    port: config.gatewayAdminPort,
    metrics,
    live: [],
    ready: core.readyChecks,
  }).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  core.schedule.start(systemClock.now());
  core.tickLoop.start();
  core.feed.start(0n, core.projector);
  const port = (app.getHttpServer().address() as AddressInfo).port;
  log.info({ port, adminPort: admin.port, logId: store.logId }, 'the gateway listens');

  return {
    port,
    adminPort: admin.port,
    async stop() {
      await core.playServer.drain(config.drainMs);
      core.tickLoop.stop();
      core.projector.stop();
      core.waiters.close();
      await core.feed.stop();
      await core.reachClient.close();
      await app.close();
      await admin.close();
      metrics.close();
      await store.close();
    },
  };
}

async function waitForStore(file: string): Promise<SqliteEventStore> {
  const until = performance.now() + WAIT_FOR_COMMAND_MS;
  for (;;) {
    try {
      return await openSqliteEventStore({ file, readOnly: true });
    } catch (error) {
      const missing = error instanceof StoreOpenError && error.failure === 'missing';
      if (!missing || performance.now() >= until) throw error;
      await sleep(WAIT_STEP_MS);
    }
  }
}
