import { PROBLEM_CONTENT_TYPE, PROBLEMS, type ProblemSlug } from '@waymark/platform';
import { IDEMPOTENCY_KEY_CHARS_MAX } from '@waymark/base';
import { OPERATIONS, type Operation } from './operations.ts';
import { id, SCHEMAS, type Json } from './schemas.ts';

/**
 * The description of the HTTP API (OpenAPI 3.1), made from the tables beside it. write-openapi.ts puts it into docs/openapi.json, which is
 * what the app serves; a test compares the two. Not made by @nestjs/swagger at run time: that costs 17 MB of memory and a third of
 * a second at every start.
 */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method, path] = route.split(' ') as [string, string];
    const template = path.replace(/:(\w+)/g, '{$1}');
    paths[template] ??= {};
    paths[template][method.toLowerCase()] = describe(route, path, operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waymark command API',
      version,
      description:
        'The write side of Waymark: authors draft and publish quests, operators make and steer games, players join and reach. ' +
        'Every command may carry an Idempotency-Key: a retry with the same key, path and body gets the first outcome. ' +
        'A key is compared among the commands of one caller on one quest or game, for POST /quests and POST /games among all of that ' +
        'caller by the same address; elsewhere it counts as fresh. ' +
        'What is answered with 2xx is durable. Reading is the tick-gateway’s business.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'Quests', description: 'Needs an author’s token with quests:write.' },
      { name: 'Games', description: 'Needs an operator’s token with games:operate.' },
      { name: 'Players', description: 'Joining, leaving, reaching.' },
      { name: 'About', description: 'What the API says of itself.' },
    ],
    paths,
    components: { schemas: SCHEMAS, securitySchemes: SECURITY, headers: HEADERS },
  };
}

const SECURITY: Json = {
  author: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'EdDSA; in development the file dev-token.',
  },
  session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The session token from the gateway.' },
};

const HEADERS: Json = {
  Position: {
    description: 'Position of the event in the log, for `?atLeast=` at the gateway.',
    schema: { type: 'integer', minimum: 1 },
  },
  ETag: {
    description: 'Revision of the draft after it, in quotes: what If-Match names.',
    schema: { type: 'string', pattern: '^"\\d{1,15}"$' },
  },
  RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
};

/** What any request may be answered. */
const EVERY_PROBLEMS: readonly ProblemSlug[] = [
  'invalid-request',
  'request-timeout',
  'expectation-failed',
  'head-too-large',
  'internal',
];
/** What any request with a body may be answered, whatever it is about, and what only one that stores something. */
const BODY_PROBLEMS: readonly ProblemSlug[] = [
  'malformed-json',
  'unsupported-media-type',
  'body-too-large',
  'overloaded',
  'shutting-down',
];
const COMMAND_PROBLEMS: readonly ProblemSlug[] = [
  'idempotency-key-reused',
  'revision-conflict',
  'store-unavailable',
  'outcome-unknown',
];
const TOKEN_PROBLEMS: readonly ProblemSlug[] = ['unauthenticated', 'token-expired', 'forbidden'];

function describe(route: string, path: string, operation: Operation): Json {
  const { allowed, answer, body, failing, status, summary, tag } = operation;
  const problems = [
    ...operation.problems,
    ...EVERY_PROBLEMS,
    ...(body === undefined ? [] : BODY_PROBLEMS),
    ...(isCommand(operation) ? COMMAND_PROBLEMS : []),
    ...(allowed === undefined ? [] : TOKEN_PROBLEMS),
  ];
  return {
    tags: [tag],
    summary,
    operationId: operationId(route),
    security: security(allowed),
    parameters: parameters(path, operation),
    ...(body === undefined || body === 'none' ? {} : { requestBody: { required: true, content: content(body) } }),
    responses: {
      [status]: {
        description: summary,
        ...(isCommand(operation) ? { headers: headers(operation) } : {}),
        content: content(answer),
      },
      ...responses(problems),
      ...(failing === undefined ? {} : { 503: { description: failing, content: content(answer) } }),
    },
  };
}

function isCommand({ body, storesNothing }: Operation): boolean {
  return body !== undefined && storesNothing !== true;
}

function headers({ etag }: Operation): Json {
  const position = { 'Waymark-Position': { $ref: '#/components/headers/Position' } };
  return etag === true ? { ...position, ETag: { $ref: '#/components/headers/ETag' } } : position;
}

/** "POST /games/:gameId/start" is postGamesByGameIdStart. */
function operationId(route: string): string {
  const words = route.replace(/:(\w)/g, (_, first: string) => `by ${first}`).split(/[^A-Za-z0-9]+/);
  const [method = '', ...rest] = words.filter(Boolean);
  return method.toLowerCase() + rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function security(allowed: Operation['allowed']): readonly Json[] {
  switch (allowed) {
    case undefined:
      return [];
    case 'player-or-operator':
      return [{ session: [] }, { author: ['games:operate'] }];
    case 'everybody-or-operator':
      return [{}, { session: [] }, { author: ['games:operate'] }];
    default:
      return [{ author: [allowed] }];
  }
}

function parameters(path: string, operation: Operation): readonly Json[] {
  const found: Json[] = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: name!.endsWith('Id') ? id : { type: 'string' },
  }));
  if (isCommand(operation)) {
    const key = { type: 'string', pattern: `^[!-~]{1,${IDEMPOTENCY_KEY_CHARS_MAX}}$` };
    found.push({
      name: 'Idempotency-Key',
      in: 'header',
      description:
        'A fresh UUID for each command; the same for its retries. Compared within one caller and one quest or game.',
      schema: key,
    });
    found.push({
      name: 'Waymark-Sent-At',
      in: 'header',
      description: 'When it was meant to be sent, epoch milliseconds: comes back with the event.',
      schema: { type: 'number' },
    });
    found.push({
      name: 'traceparent',
      in: 'header',
      description:
        'W3C Trace Context: the trace that this command is part of; kept with its events. A broken one is passed over.',
      schema: { type: 'string' },
    });
  }
  if (operation.ifMatch === true) {
    const schema = { type: 'string', pattern: '^"\\d{1,15}"$' };
    found.push({
      name: 'If-Match',
      in: 'header',
      required: true,
      description: 'The ETag of the last write of this draft that was seen.',
      schema,
    });
  }
  return found;
}

function content(shape: string): Json {
  if (shape.includes('/')) return { [shape]: {} };
  return { 'application/json': { schema: { $ref: `#/components/schemas/${shape}` } } };
}

/** One response for each status, naming the problem types that have it. */
function responses(slugs: readonly ProblemSlug[]): Record<string, Json> {
  const byStatus = new Map<number, ProblemSlug[]>();
  for (const slug of new Set(slugs))
    byStatus.set(PROBLEMS[slug].status, [...(byStatus.get(PROBLEMS[slug].status) ?? []), slug]);
  const answers: Record<string, Json> = {};
  for (const [status, those] of [...byStatus].sort(([a], [b]) => a - b)) {
    answers[status] = {
      description: those.map((slug) => `\`${slug}\`: ${PROBLEMS[slug].title}.`).join('\n\n'),
      ...(status === 503 || status === 429
        ? { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } }
        : {}),
      content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return answers;
}
