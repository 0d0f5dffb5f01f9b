import type { DocumentedCode } from './place-codes.ts';

/**
 * Every way in which a request can be refused, in one table: type, status, title and what it means. docs/problems.md is made from it
 * (tools/docs/main.ts) and both apps serve each row at GET /problems/{slug}. A type, once published, keeps its meaning.
 * Documents follow RFC 9457 (application/problem+json).
 */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** For whoever meets it: what happened, and what to do. */
  readonly meaning: string;
}

export const PROBLEMS = {
  // The request itself
  'malformed-json': {
    status: 400,
    title: 'The body is not valid JSON',
    meaning:
      'The text breaks off, names a field twice, nests too deep, or is not UTF-8. `errors` gives line and column.',
  },
  'invalid-request': {
    status: 400,
    title: 'The request breaks a rule',
    meaning:
      'A field, header, query or path parameter is missing, unknown, repeated, of the wrong type or out of range. `errors` names each one.',
  },
  'invalid-quest': {
    status: 422,
    title: 'The quest document breaks a rule',
    meaning:
      'The JSON is sound, but no quest can be made of it. `errors` gives pointer, line, column and rule of each place. Nothing was stored.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency-Key was used for another command',
    meaning:
      'An earlier command of the same caller on the same quest or game had this key, and was another command or had another body; for POST /quests and POST /games, an earlier one of the same kind. Elsewhere the key counts as fresh, so use each key once: a fresh one for a new command, and for a retry the same key, path and body.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning:
      'A quest document has at most 2 MiB (2,097,152 bytes), the body of any other command 64 KiB (65,536 bytes). The gateway reads none.',
  },
  'head-too-large': {
    status: 431,
    title: 'The head of the request is too large',
    meaning: 'Address and headers together have at most 16 KiB.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not come in time',
    meaning:
      'A head has 10 s to come; the whole request 30 s at the command app, 10 s at the gateway and on the admin ports. Nothing was done; send it again.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is of a type that is not taken',
    meaning: 'Bodies are application/json in UTF-8, not compressed.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this address',
    meaning:
      'No route has this path. The command app lists its own at /openapi.json, docs/read-api.md has the gateway’s.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The address does not take this method',
    meaning: 'The path exists, with other methods: see the header Allow.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    meaning: 'The header Expect names something other than 100-continue. Leave it out.',
  },
  // Who asks
  unauthenticated: {
    status: 401,
    title: 'No valid token was shown',
    meaning:
      'The header Authorization: Bearer is missing, or its token is malformed, signed by another key or meant for something else.',
  },
  'token-expired': {
    status: 401,
    title: 'The token has expired',
    meaning: 'It was good once. Get a new one; the development token is renewed when the command app starts.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not allow this',
    meaning: 'It lacks the scope, or the quest, game or player belongs to somebody else.',
  },
  'wrong-join-code': {
    status: 403,
    title: 'The join code is missing or wrong',
    meaning: 'This game is not open: ask whoever made it for the code.',
  },
  'quest-not-found': {
    status: 404,
    title: 'There is no such quest',
    meaning: 'No quest has this id, or you may not see it.',
  },
  'version-not-found': {
    status: 404,
    title: 'The quest has no such version',
    meaning: 'Versions count from 1; POST /quests/{questId}/publish makes the next one.',
  },
  'game-not-found': {
    status: 404,
    title: 'There is no such game',
    meaning: 'No game has this id.',
  },
  'player-not-found': {
    status: 404,
    title: 'The game has no such player',
    meaning: 'Nobody with this id is in the game: never joined, or has left.',
  },
  'waypoint-not-found': {
    status: 404,
    title: 'The quest has no such waypoint',
    meaning: 'Waypoints count from 0 to waypointCount - 1.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many of these',
    meaning:
      'Too many wrong join codes from this address or for this game, or too many quest documents of this author (docs/configuration.md, WAYMARK_LIMIT_...). Nothing was stored. Try again after Retry-After.',
  },
  // The state it meets
  'precondition-required': {
    status: 428,
    title: 'If-Match is missing',
    meaning: 'Send the ETag of the draft that you have changed, so that nobody else’s change is lost.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The draft has changed since',
    meaning:
      'If-Match names another revision of the draft than the latest, which `revision` names: somebody wrote it since. A PUT with that revision in If-Match replaces what they wrote.',
  },
  'revision-conflict': {
    status: 409,
    title: 'Others changed it at the same time',
    meaning:
      'The command was decided several times and each time somebody else was first. Nothing was stored; try again.',
  },
  'quest-not-published': {
    status: 409,
    title: 'The quest has no published version',
    meaning: 'Games are made from published versions: POST /quests/{questId}/publish first.',
  },
  'quest-retired': {
    status: 409,
    title: 'The quest is retired',
    meaning: 'A retired quest takes no changes and no new games. Games that run go on.',
  },
  'game-not-started': {
    status: 409,
    title: 'The game has not started',
    meaning: 'Wait for its startsAt, or its owner starts it: POST /games/{gameId}/start.',
  },
  'game-paused': {
    status: 409,
    title: 'The game is paused',
    meaning: 'Nothing can be reached until its owner resumes it.',
  },
  'game-not-paused': {
    status: 409,
    title: 'The game is not paused',
    meaning: 'Only a paused game can be resumed.',
  },
  'game-already-started': {
    status: 409,
    title: 'The game has started already',
    meaning: 'A game starts once.',
  },
  'start-out-of-range': {
    status: 422,
    title: 'startsAt is not a time that a game can start at',
    meaning: 'It lies in the past, or more than 366 days ahead.',
  },
  'game-ended': {
    status: 409,
    title: 'The game has ended',
    meaning: 'An ended game takes no players, no reaches and no orders. Make a new one.',
  },
  'game-full': {
    status: 409,
    title: 'The game is full',
    meaning: 'It has as many players as its maxPlayers allows.',
  },
  'already-joined': {
    status: 409,
    title: 'The player has joined already',
    meaning:
      'Somebody with this playerId is in the game, or was and has left. Coming back needs the player’s own session token or that of the game’s owner; a retry takes the same Idempotency-Key.',
  },
  'games-at-limit': {
    status: 503,
    title: 'No more games can run now',
    meaning: 'The number of live games has reached its limit (libs/base/src/limits.ts). End some, or try later.',
  },
  'players-at-limit': {
    status: 503,
    title: 'No more players can join now',
    meaning:
      'The players of all live games have reached their limit (libs/base/src/limits.ts). Try again when games have ended.',
  },
  'waypoint-out-of-order': {
    status: 409,
    title: 'It is not the next waypoint',
    meaning: 'The quest is sequential: only the player’s next waypoint can be reached.',
  },
  'waypoint-already-reached': {
    status: 409,
    title: 'The player has reached it already',
    meaning: 'Each player reaches a waypoint once.',
  },
  'waypoint-too-far': {
    status: 409,
    title: 'The place is outside the waypoint’s radius',
    meaning: 'The distance from `at` to the waypoint, in three dimensions, is larger than its radius.',
  },
  // We cannot
  overloaded: {
    status: 503,
    title: 'Too much is waiting',
    meaning: 'Nothing was stored. Try again after Retry-After, with the same Idempotency-Key.',
  },
  'store-unavailable': {
    status: 503,
    title: 'The event store cannot be reached',
    meaning:
      'Nothing was acknowledged. Try again after Retry-After, with the same Idempotency-Key. Games that run go on.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'The event store did not answer',
    meaning:
      'The command may have been stored or not. Retry with the same Idempotency-Key: it settles which, and nothing happens twice.',
  },
  'not-caught-up': {
    status: 503,
    title: 'The read side has not come that far',
    meaning: 'The position asked for by atLeast was not projected in time. Try again after Retry-After.',
  },
  'shutting-down': {
    status: 503,
    title: 'The process is stopping',
    meaning: 'Nothing was stored. Try again after Retry-After: another process, or this one restarted, answers.',
  },
  internal: {
    status: 500,
    title: 'A fault of Waymark',
    meaning: 'It is logged with the `instance` of this answer. A retry with the same Idempotency-Key is safe.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemSlug = keyof typeof PROBLEMS;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** One place in a body, header, query or path that breaks a rule. */
export interface ProblemPlace {
  /** RFC 6901 pointer into the body; '' is the whole of it. */
  readonly pointer?: string;
  /** Name of the header, query or path parameter, when it is not the body. */
  readonly parameter?: string;
  /** From 1, in the body's text. */
  readonly line?: number;
  readonly column?: number;
  readonly code: DocumentedCode;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly errors?: readonly ProblemPlace[];
  readonly retryAfterSeconds?: number;
  /** More members for the document; none of them may take a member's name of RFC 9457. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Thrown where a request is refused; the app's exception filter answers with toDocument(). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly slug: ProblemSlug;
  readonly detail: string;
  readonly errors: readonly ProblemPlace[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(slug: ProblemSlug, detail: string, options: ProblemOptions = {}) {
    super(`${slug}: ${detail}`, { cause: options.cause });
    this.slug = slug;
    this.detail = detail;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.extra = options.extra ?? {};
  }

  get status(): number {
    return PROBLEMS[this.slug].status;
  }

  /** `instance`: of `instanceOf`, so that the answer can be found in the log. */
  toDocument(instance?: string): ProblemDocument {
    return {
      ...this.extra,
      type: problemType(this.slug),
      title: PROBLEMS[this.slug].title,
      status: this.status,
      detail: this.detail,
      ...(instance === undefined ? {} : { instance }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}

/** RFC 9457's `instance` of the answer to a request; the log has it too. */
export function instanceOf(requestId: string): string {
  return `urn:waymark:request:${requestId}`;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly errors?: readonly ProblemPlace[];
  readonly [extra: string]: unknown;
}

/** Relative to whichever address the API is served from. */
export function problemType(slug: ProblemSlug): string {
  return `/problems/${slug}`;
}

/** What both apps answer at the address that is a problem's type. Throws the problem of an unknown one. */
export function problemPage(slug: string) {
  if (!isProblemSlug(slug)) throw new Problem('not-found', 'there is no such problem type');
  return { type: problemType(slug), ...PROBLEMS[slug] };
}

function isProblemSlug(text: string): text is ProblemSlug {
  return Object.hasOwn(PROBLEMS, text);
}
