import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Problem, PROBLEM_CONTENT_TYPE, type Log } from '@waymark/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers every fault of the read API with a problem document (RFC 9457). What nobody foresaw is logged and told as `internal`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = this.explain(error, request);
    const reply = http.getResponse<FastifyReply>();
    reply.header('cache-control', 'no-store');
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', String(problem.retryAfterSeconds));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="waymark"');
    void reply
      .status(problem.status)
      .type(PROBLEM_CONTENT_TYPE)
      .send(JSON.stringify(problem.toDocument(request.id)));
  }

  private explain(error: unknown, request: FastifyRequest): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof HttpException) {
      const status = error.getStatus();
      if (status === 404)
        return new Problem('not-found', `there is nothing at ${request.method} ${request.url.split('?')[0]}`);
      if (status < 500) return new Problem('invalid-request', error.message);
    }
    const { statusCode } = error as { statusCode?: unknown };
    if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
      return new Problem('invalid-request', (error as Error).message);
    }
    this.log.error({ err: error, instance: request.id }, 'a request met a fault');
    return new Problem('internal', 'a fault of the gateway; it is logged under this instance');
  }
}
