import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  instanceOf,
  Problem,
  PROBLEM_CONTENT_TYPE,
  problemOfFault,
  traceIdOf,
  type Log,
  type RouteTable,
} from '@waymark/platform';
import { problemOfStore } from '../handlers/store-problems.ts';
import { watchRefused } from './request-watch.ts';

/** Answers every refusal and fault of the HTTP API as a problem document (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly log: Log,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for what never reaches Nest: addresses that cannot be decoded. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem =
      problemOfStore(error) ??
      problemOfFault(error, request, this.routes) ??
      new Problem('internal', 'a fault of Waymark; it is logged', { cause: error });
    const instance = instanceOf(request.id);
    watchRefused(request, reply);
    if (problem.slug === 'internal') {
      const { traceparent } = request;
      const traceId = traceparent === undefined ? undefined : traceIdOf(traceparent);
      this.log.error({ err: error, instance, traceId }, 'a fault in a request');
    }
    reply.header('cache-control', 'no-store');
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
    if (problem.status === 401 || problem.extra['scope'] !== undefined) {
      reply.header('www-authenticate', challenge(problem, request.headers.authorization !== undefined));
    }
    if (problem.slug === 'method-not-allowed') reply.header('allow', (problem.extra['allow'] as string[]).join(', '));
    if (problem.slug === 'shutting-down' || problem.slug === 'body-too-large') reply.header('connection', 'close');
    // As bytes: to a text Fastify would add a charset, which this media type does not have.
    const document = Buffer.from(JSON.stringify(problem.toDocument(instance)));
    void reply.status(problem.status).header('content-type', PROBLEM_CONTENT_TYPE).send(document);
  }
}

/** RFC 6750, section 3. */
function challenge(problem: Problem, tokenShown: boolean): string {
  const parts = ['realm="waymark"'];
  if (problem.status === 403) parts.push('error="insufficient_scope"', `scope="${String(problem.extra['scope'])}"`);
  else if (tokenShown)
    parts.push('error="invalid_token"', `error_description="${problem.detail.replaceAll('"', "'")}"`);
  return `Bearer ${parts.join(', ')}`;
}
