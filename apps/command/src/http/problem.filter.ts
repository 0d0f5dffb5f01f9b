import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, PROBLEM_CONTENT_TYPE, type Log } from '@waymark/platform';
import type { RouteTable } from './route-table.ts';

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
    const problem = this.explain(error, request);
    const instance = `urn:waymark:request:${request.id}`;
    if (problem.slug === 'internal') this.log.error({ err: error, instance }, 'a fault in a request');
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

  private explain(error: unknown, request: FastifyRequest): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof HttpException && error.getStatus() === 404) return this.explainNotFound(request);
    const { statusCode = 500, code, message } = error as { statusCode?: number; code?: string; message: string };
    const status = error instanceof HttpException ? error.getStatus() : statusCode;
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || status === 413) {
      return new Problem('body-too-large', `the body has more than ${request.routeOptions.bodyLimit} bytes`);
    }
    if (status === 415) {
      const type = request.headers['content-type'];
      const detail = type === undefined ? 'the body comes without Content-Type' : `the body is sent as ${type}`;
      return new Problem('unsupported-media-type', detail);
    }
    if (status >= 400 && status < 500) return new Problem('invalid-request', message);
    return new Problem('internal', 'a fault of Waymark; it is logged', { cause: error });
  }

  private explainNotFound(request: FastifyRequest): Problem {
    const allow = this.routes.methodsAt(request.url);
    if (allow.length === 0) return new Problem('not-found', 'no route has this path');
    return new Problem('method-not-allowed', `${request.method} is not taken here`, { extra: { allow } });
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
