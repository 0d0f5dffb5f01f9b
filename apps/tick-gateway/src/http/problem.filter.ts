import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { StoreUnavailableError } from '@waymark/event-store';
import {
  instanceOf,
  Problem,
  PROBLEM_CONTENT_TYPE,
  problemOfFault,
  type Log,
  type RouteTable,
} from '@waymark/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers every fault of the read API with a problem document (RFC 9457). What nobody foresaw is logged and told as `internal`. */
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
    const problem = this.explain(error, request);
    reply.header('cache-control', 'no-store');
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', String(problem.retryAfterSeconds));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="waymark"');
    if (problem.slug === 'method-not-allowed') reply.header('allow', (problem.extra['allow'] as string[]).join(', '));
    if (problem.slug === 'body-too-large') reply.header('connection', 'close');
    // As bytes: to a text Fastify would add a charset, which this media type does not have.
    const document = Buffer.from(JSON.stringify(problem.toDocument(instanceOf(request.id))));
    void reply.status(problem.status).header('content-type', PROBLEM_CONTENT_TYPE).send(document);
  }

  private explain(error: unknown, request: FastifyRequest): Problem {
    const problem = problemOfFault(error, request, this.routes);
    if (problem !== null) return problem;
    if (error instanceof StoreUnavailableError)
      return new Problem('store-unavailable', error.message, { retryAfterSeconds: 1 });
    this.log.error({ err: error, instance: instanceOf(request.id) }, 'a request met a fault');
    return new Problem('internal', 'a fault of the gateway; it is logged under this instance');
  }
}
