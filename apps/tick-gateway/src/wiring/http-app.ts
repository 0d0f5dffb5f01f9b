import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  answerUnreadable,
  corsOptions,
  Problem,
  PROBLEM_CONTENT_TYPE,
  requestTimeouts,
  type Log,
} from '@waymark/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ProblemFilter } from '../http/problem.filter.ts';
import type { GatewayCore } from './gateway-core.ts';
import { GatewayModule } from './gateway.module.ts';
import { PlayAdapter } from './play-adapter.ts';

/** The server on the players' port: Nest on Fastify, read API and WebSockets together. */

/** Requests have no body here; who takes longer to send one holds a connection and nothing else. */
const REQUEST_TIMEOUT_MS = 10_000;
const BODY_BYTES_MAX = 1_024;

export async function createHttpApp(
  core: GatewayCore,
  corsOrigins: readonly string[],
  log: Log,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    // Whoever still reads when the process stops is cut off: half a request must not hold it up.
    forceCloseConnections: true,
    // A client that offers some other protocol, as many do with h2c, gets its answer in HTTP/1.1.
    http: { shouldUpgradeCallback: asksForWebSocket, ...requestTimeouts(REQUEST_TIMEOUT_MS) },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const problem = new Problem('invalid-request', error.message).toDocument(request.id);
      void reply.status(400).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(core), adapter, {
    logger: false,
    abortOnError: false,
  });
  app.useWebSocketAdapter(new PlayAdapter(app));
  app.useGlobalFilters(new ProblemFilter(log));
  if (corsOrigins.length > 0) app.enableCors(corsOptions(corsOrigins));
  return app;
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
