import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BODY_BYTES_MAX } from '@waymark/base';
import {
  answerExpectations,
  answerUnreadable,
  corsOptions,
  refuseUnknownRoutes,
  requestTimeouts,
  RouteTable,
  type Log,
  type Tracer,
} from '@waymark/platform';
import type { HealthChecks } from '../http/about.controller.ts';
import { guardBodies } from '../http/body/body-guard.ts';
import { guardHeads } from '../http/head-guard.ts';
import { installJsonParser } from '../http/body/json-parser.ts';
import { ProblemFilter } from '../http/problem.filter.ts';
import { addReachRoute } from '../http/reach.route.ts';
import { WatchedResponse, watchRequests } from '../http/request-watch.ts';
import { commandModule } from './command.module.ts';
import { nestLogger } from './nest-logger.ts';
import type { Shared } from './open-shared.ts';
import type { Services } from './services.ts';

/** The HTTP server: Nest on Fastify, with our own body parser and problem documents for everything that goes wrong, Fastify's own faults too. */
export interface HttpAppParts {
  readonly services: Services;
  readonly shared: Shared;
  /** Origins of pages that may use this API from a browser; none: no such headers are sent. */
  readonly corsOrigins: readonly string[];
  readonly health: HealthChecks;
  readonly log: Log;
  /** Null while traces are not collected. */
  readonly tracer: Tracer | null;
}

export interface HttpApp {
  readonly nest: NestFastifyApplication;
  readonly routes: RouteTable;
}

/** A client that sends slower than this is cut off: a body of 2 MiB at 70 kB/s. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the minute that load balancers and SDKs keep idle connections for. */
const KEEP_ALIVE_MS = 72_000;
/** Ids have 64 characters at most; longer ones still get an answer that says so. */
const PATH_PARAMETER_CHARS_MAX = 512;

export async function createHttpApp({
  corsOrigins,
  health,
  log,
  services,
  shared,
  tracer,
}: HttpAppParts): Promise<HttpApp> {
  const routes = new RouteTable();
  const filter = new ProblemFilter(routes, log);
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { ...requestTimeouts(REQUEST_TIMEOUT_MS), ServerResponse: WatchedResponse },
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: requestIds(),
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      filter.answer(error, request, reply);
    },
    clientErrorHandler: answerUnreadable,
    // Nest's own additions that we have no use for: Express middleware, and uploads of files.
    skipMiddie: true,
    multipart: false,
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  watchRequests(fastify, { log, times: services.commandTimes, tracer });
  guardBodies(fastify, services.authenticator, shared.questDocuments);
  guardHeads(fastify);
  answerExpectations(fastify.server);
  installJsonParser(fastify);
  addReachRoute(fastify, { authenticator: services.authenticator, players: services.playerHandlers, filter });
  const nest = await NestFactory.create<NestFastifyApplication>(commandModule(services, { shared, health }), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(log),
  });
  nest.useGlobalFilters(filter);
  if (corsOrigins.length > 0) nest.enableCors(corsOptions(corsOrigins));
  // After CORS: a page of another origin can read these refusals too.
  fastify.after(() => fastify.addHook('onRequest', refuseUnknownRoutes(routes)));
  await nest.init();
  return { nest, routes };
}

/** Unique over restarts and processes by the time of the start; cheap, because every request has one. */
function requestIds(): () => string {
  const start = Math.floor(performance.timeOrigin).toString(36);
  let count = 0;
  return () => `${start}-${(count++).toString(36)}`;
}
