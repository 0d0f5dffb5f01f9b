import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's text, for finding places in it; null without a JSON body. Set by http/body/json-parser.ts. */
    bodyText: string | null;
  }
  interface FastifyContextConfig {
    /** The body stays bytes: the quest worker decodes it (http/body/json-parser.ts). */
    keepsBytes?: boolean;
  }
}

/** A request of a route with these path parameters. */
export type RequestWith<Parameter extends string> = FastifyRequest<{ Params: Record<Parameter, string> }>;
