/**
 * What pages of other origins may do with the HTTP APIs: the options that both apps give to Nest. Only origins that the operator named are let
 * in. No cookies are ever read (tokens come in Authorization), so credentials stay off and a page gains nothing that its user did not hand it.
 */
export function corsOptions(origins: readonly string[]) {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    // Or an OPTIONS that is no preflight gets a text instead of a problem document.
    strictPreflight: false,
  };
}

/** What the clients in libs/client send, and what docs/openapi.json and docs/read-api.md name beside. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Traceparent',
  'Waymark-Sent-At',
];
/** Scripts see no other header of an answer, except the few that the fetch standard lists. */
const ANSWER_HEADERS = ['Allow', 'ETag', 'Location', 'Retry-After', 'Waymark-Position', 'WWW-Authenticate'];
/** For how long a browser need not ask again; none keeps an answer for more than two hours. */
const PREFLIGHT_SECONDS = 7_200;
