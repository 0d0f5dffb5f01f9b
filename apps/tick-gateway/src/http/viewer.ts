import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Problem, type AuthorTokens } from '@waymark/platform';
import type { FastifyRequest } from 'fastify';

/** Who reads: what an `Authorization` header proves. Reading needs no token; some fields and the waypoints themselves need the owner's. */
declare module 'fastify' {
  interface FastifyRequest {
    /** Subject of the author's token, null when none was sent. Set by ViewerGuard. */
    viewer?: string | null;
  }
}

const BEARER = /^Bearer +([^ ]+) *$/i;

export class Viewers {
  constructor(private readonly authors: AuthorTokens) {}

  /** Null when nothing was sent. A token that does not hold is refused rather than passed over. */
  async subject(authorization: string | undefined): Promise<string | null> {
    if (authorization === undefined) return null;
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw new Problem('unauthenticated', 'Authorization is not of the form "Bearer token"');
    const verdict = await this.authors.verify(token);
    if (verdict.ok) return verdict.author.subject;
    throw new Problem(verdict.code === 'expired' ? 'token-expired' : 'unauthenticated', verdict.detail);
  }
}

/** On every controller but that of health: a token that is sent must hold, also where none is needed. */
@Injectable()
export class ViewerGuard implements CanActivate {
  constructor(private readonly viewers: Viewers) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.viewer = await this.viewers.subject(request.headers.authorization);
    return true;
  }
}

/** The subject of the token that was shown, or null. */
export const Viewer = createParamDecorator((_: unknown, context: ExecutionContext): string | null => {
  return context.switchToHttp().getRequest<FastifyRequest>().viewer ?? null;
});

/** Throws Problem to all but the owner. */
export function requireOwner(viewer: string | null, ownerId: string): void {
  if (viewer === null) throw new Problem('unauthenticated', 'this needs the token of its author');
  if (viewer !== ownerId) throw new Problem('forbidden', 'it belongs to another author');
}
