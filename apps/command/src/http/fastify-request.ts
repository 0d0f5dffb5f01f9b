import type { FastifyRequest } from 'fastify';
import type { JsonErrorCode, QuestErrorCode } from '@waymark/quest';
import type { WatchedRoute } from './watched-route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's text, for finding places in it; null without a JSON body. Set by http/body/json-parser.ts. */
    bodyText: string | null;
    /** The trace that the request belongs to, as a traceparent that holds. Set by http/request-watch.ts. */
    traceparent: string | undefined;
  }
  interface FastifyContextConfig {
    /** The body stays bytes: the quest worker decodes it (http/body/json-parser.ts). */
    keepsBytes?: boolean;
    /** It calls the rules of http/head-guard.ts itself. */
    checksHead?: boolean;
    /** Set by http/request-watch.ts. */
    watched?: WatchedRoute;
  }
}

declare module '@waymark/platform' {
  interface PlaceCodeTables {
    /** docs/quest-format.md has these. */
    readonly quest: JsonErrorCode | QuestErrorCode;
  }
}

/** A request of a route with these path parameters. */
export type RequestWith<Parameter extends string> = FastifyRequest<{ Params: Record<Parameter, string> }>;
