import { ServerResponse, type IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readTraceparent, systemClock, traceIdOf, type Log, type Span, type Tracer } from '@waymark/platform';
import type { AllCommandTimes } from '../metrics/command-times.ts';
import './fastify-request.ts';
import type { WatchedRoute } from './watched-route.ts';

/**
 * Sees each command from the head of its request to its answer: counts how long it took, finds the trace that it belongs to, and at log
 * level debug writes a line of it. Fastify's own hooks for that cost listeners and closures at every request, and 2,000 reaches
 * a second would pay for them; a response that knows when it was made, and a handler that says whose it is, cost two stores.
 */
export interface RequestWatchParts {
  readonly times: AllCommandTimes;
  readonly log: Log;
  /** Null while traces are not collected. */
  readonly tracer: Tracer | null;
}

/** For node:http's createServer: a response that tells its route when it is answered. */
export class WatchedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  route: WatchedRoute | null = null;
  requestId = '';
  traceparent: string | undefined = undefined;
  span: Span | null = null;
  private readonly startedAtMs = performance.now();

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    super.end(chunk, encoding as BufferEncoding, callback as () => void);
    const { route } = this;
    if (route === null) return this;
    this.route = null;
    const ms = performance.now() - this.startedAtMs;
    route.times?.answered(this.statusCode, ms / 1_000);
    if (this.span !== null) endSpan(this.span, this.statusCode);
    if (route.log !== null) this.writeLine(route.name, route.log, ms);
    return this;
  }

  private writeLine(route: string, log: Log, ms: number): void {
    const { requestId, statusCode: status, traceparent } = this;
    const traceId = traceparent === undefined ? undefined : traceIdOf(traceparent);
    log.debug({ requestId, route, status, ms: Math.round(ms * 1_000) / 1_000, traceId }, 'a request was answered');
  }
}

/** Before the first route is added. The server must have been made with WatchedResponse. */
export function watchRequests(fastify: FastifyInstance, { log, times, tracer }: RequestWatchParts): void {
  const lineLog = log.isLevelEnabled('debug') ? log : null;
  fastify.decorateRequest('traceparent', undefined);
  fastify.addHook('onRoute', (route) => {
    const name = `${String(route.method)} ${route.url}`;
    const ownTimes = times.get(name) ?? null;
    const ownTracer = ownTimes === null ? null : tracer;
    const watched: WatchedRoute = { name, times: ownTimes, log: lineLog, tracer: ownTracer };
    route.config = { ...route.config, watched };
    const { handler } = route;
    route.handler = function watchedHandler(request, reply) {
      begin(watched, request, reply);
      return handler.call(this, request, reply);
    };
  });
}

/** For what is refused before its handler runs: a body that cannot be read, a token that does not hold. */
export function watchRefused(request: FastifyRequest, reply: FastifyReply): void {
  const { watched } = request.routeOptions.config;
  if (watched !== undefined && (reply.raw as WatchedResponse).route === null) begin(watched, request, reply);
}

function begin(watched: WatchedRoute, request: FastifyRequest, reply: FastifyReply): void {
  const response = reply.raw as WatchedResponse;
  response.route = watched;
  if (watched.log !== null) response.requestId = request.id;
  const sent = request.headers['traceparent'];
  const { tracer } = watched;
  if (sent === undefined && tracer === null) return;
  const traceparent = readTraceparent(sent);
  if (tracer !== null) response.span = startSpan(tracer, watched.name, request, traceparent);
  request.traceparent = response.traceparent = response.span?.traceparent ?? traceparent;
}

/** From the handler on: what came before, the reading of the body, is the caller's time. */
function startSpan(tracer: Tracer, route: string, { id, method }: FastifyRequest, parent: string | undefined): Span {
  return tracer.start({
    name: route,
    kind: 'server',
    parent,
    startedAt: systemClock.now(),
    attributes: {
      'http.request.method': method,
      'http.route': route.slice(route.indexOf(' ') + 1),
      'waymark.request_id': id,
    },
  });
}

function endSpan(span: Span, status: number): void {
  const fault = status >= 500 ? `answered ${status}` : undefined;
  span.end(systemClock.now(), { 'http.response.status_code': status }, fault);
}
