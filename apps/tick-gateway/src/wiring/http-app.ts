import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  answerExpectations,
  answerUnreadable,
  corsOptions,
  refuseRepeatedHeaders,
  refuseUnknownRoutes,
  requestTimeouts,
  RouteTable,
  type Log,
} from '@waymark/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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
  const routes = new RouteTable();
  const filter = new ProblemFilter(routes, log);
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
      filter.answer(error, request, reply);
    },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  watchRoutes(fastify, routes);
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(core), adapter, {
    logger: false,
    abortOnError: false,
  });
  app.useWebSocketAdapter(new PlayAdapter(app));
  app.useGlobalFilters(filter);
  if (corsOrigins.length > 0) app.enableCors(corsOptions(corsOrigins));
  // After CORS: a page of another origin can read these refusals too.
  fastify.after(() => fastify.addHook('onRequest', refuseUnknownRoutes(routes)));
  return app;
}

/** Heads are checked by a hook of each route: a page of another origin can read the refusal, because CORS comes before. */
function watchRoutes(fastify: FastifyInstance, routes: RouteTable): void {
  answerExpectations(fastify.server);
  fastify.addHook('onRoute', (route) => {
    routes.add(route.method, route.url);
    route.onRequest = [async (request) => refuseRepeatedHeaders(request), ...[route.onRequest ?? []].flat()];
  });
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
