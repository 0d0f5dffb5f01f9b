import { PLAYER_ID_CHARS_MAX } from '@waymark/base';
import type { PlaceCode } from '../place-codes.ts';
import { Problem } from '../problems.ts';
import type { RouteTable } from './route-table.ts';

/**
 * From what Nest or Fastify throws about a request to the problem that it is, for the exception filters of both apps. Of what a caller sent
 * never more is repeated than a line.
 */

/** What is looked at of a FastifyRequest. */
export interface FaultyRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly 'content-type'?: string | undefined };
  readonly routeOptions: { readonly bodyLimit?: number | undefined };
}

interface Thrown {
  readonly code?: string;
  readonly statusCode?: number;
  /** Of Nest's HttpException. */
  readonly getStatus?: () => number;
  readonly message: string;
}

const SHOWN_CHARS_MAX = 100;

/** Null for a fault of ours. */
export function problemOfFault(error: unknown, request: FaultyRequest, routes: RouteTable): Problem | null {
  if (error instanceof Problem) return error;
  const { code, getStatus, message, statusCode } = error as Thrown;
  const status = getStatus?.call(error) ?? statusCode ?? 500;
  if (code === 'FST_ERR_BAD_URL') return wrongAddress('wrong-format', undecodable(request.url.split('?')[0]!));
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return wrongAddress('text-too-long', TOO_LONG);
  switch (status) {
    case 404:
      return noSuchRoute(request, routes);
    case 413:
      return new Problem('body-too-large', `the body has more than ${request.routeOptions.bodyLimit} bytes`);
    case 415:
      return unsupportedBody(request.headers['content-type']);
    default:
      return status >= 400 && status < 500 ? new Problem('invalid-request', shown(message)) : null;
  }
}

/** The type as it was sent, or undefined for a body that came without one. */
export function unsupportedBody(type: string | undefined): Problem {
  const how = type === undefined ? 'comes without Content-Type' : `is sent as ${shown(type)}`;
  return new Problem('unsupported-media-type', `the body ${how}`);
}

/** A text of the caller's, cut to what a message should carry. */
export function shown(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX).toWellFormed()}…` : text.toWellFormed();
}

/**
 * For Fastify's hook onRequest: what no route takes is refused before a byte of its body is read. Otherwise Fastify would read and parse it
 * first, and anybody could keep the event loop busy with 2 MiB of JSON for no address at all.
 */
export function refuseUnknownRoutes(routes: RouteTable) {
  return (
    request: Pick<FaultyRequest, 'method' | 'url'> & { readonly is404: boolean },
    _reply: unknown,
    done: (error?: Error) => void,
  ): void => {
    if (request.is404) done(noSuchRoute(request, routes));
    else done();
  };
}

function noSuchRoute({ method, url }: Pick<FaultyRequest, 'method' | 'url'>, routes: RouteTable): Problem {
  const allow = routes.methodsAt(url);
  if (allow.length === 0) return new Problem('not-found', `no route has the path ${shown(url.split('?')[0]!)}`);
  return new Problem('method-not-allowed', `${method} is not taken here`, { extra: { allow } });
}

const TOO_LONG = `A part of the path is longer than an id can be; those have ${PLAYER_ID_CHARS_MAX} characters at most.`;

function wrongAddress(code: PlaceCode, detail: string): Problem {
  return new Problem('invalid-request', 'the path of the address breaks a rule', { errors: [{ code, detail }] });
}

function undecodable(path: string): string {
  const index = path.search(/%(?![0-9A-Fa-f]{2})/);
  if (index === -1) return 'The bytes that the path has as escapes (%C3%A4) are not UTF-8.';
  return `Two hexadecimal digits must follow the % that is character ${index + 1} of the path.`;
}
