import type { ProblemSlug, Scope } from '@waymark/platform';

/** What each route is for, takes and answers: the table behind the API description (openapi-document.ts). A test holds it to the routes. */
export interface Operation {
  readonly tag: 'Quests' | 'Games' | 'Players' | 'About';
  readonly summary: string;
  /** Who may: an author with the scope, one of several kinds of token, or everybody. */
  readonly allowed?: Scope | 'player-or-operator' | 'everybody-or-operator';
  readonly ifMatch?: true;
  /** A schema, or 'none' for a command without a body. Left out: not a command. */
  readonly body?: string;
  /** It takes a body and changes nothing: no key, no position, no conflict. */
  readonly storesNothing?: true;
  /** It tells the revision to name in If-Match. */
  readonly etag?: true;
  readonly status: number;
  /** A schema, or a media type. */
  readonly answer: string;
  /** When it answers 503 with the same shape. */
  readonly failing?: string;
  /** Those beside what every route of its kind may answer. */
  readonly problems: readonly ProblemSlug[];
}

const OWN_QUEST: readonly ProblemSlug[] = ['quest-not-found'];
const OWN_GAME: readonly ProblemSlug[] = ['game-not-found', 'game-ended'];

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /quests': {
    tag: 'Quests',
    summary: 'Draft a quest',
    allowed: 'quests:write',
    body: 'QuestDocument',
    etag: true,
    status: 201,
    answer: 'QuestWritten',
    problems: ['invalid-quest', 'rate-limited'],
  },
  'PUT /quests/:questId': {
    tag: 'Quests',
    summary: 'Revise the draft; published versions stay as they are',
    allowed: 'quests:write',
    ifMatch: true,
    body: 'QuestDocument',
    etag: true,
    status: 200,
    answer: 'QuestWritten',
    problems: [
      ...OWN_QUEST,
      'invalid-quest',
      'precondition-required',
      'precondition-failed',
      'quest-retired',
      'rate-limited',
    ],
  },
  'POST /quests/:questId/publish': {
    tag: 'Quests',
    summary: 'Freeze the draft as a version; the same version again when nothing has changed',
    allowed: 'quests:write',
    body: 'none',
    etag: true,
    status: 200,
    answer: 'QuestPublished',
    problems: [...OWN_QUEST, 'quest-retired'],
  },
  'POST /quests/:questId/retire': {
    tag: 'Quests',
    summary: 'Allow no new games; those that run go on',
    allowed: 'quests:write',
    body: 'none',
    etag: true,
    status: 200,
    answer: 'QuestWritten',
    problems: OWN_QUEST,
  },
  'POST /quests/validate': {
    tag: 'Quests',
    summary: 'Check a quest document; nothing is stored',
    allowed: 'quests:write',
    body: 'QuestDocument',
    storesNothing: true,
    status: 200,
    answer: 'QuestReport',
    problems: ['rate-limited'],
  },
  'POST /games': {
    tag: 'Games',
    summary: 'Make a game of a published quest',
    allowed: 'games:operate',
    body: 'CreateGameBody',
    status: 201,
    answer: 'GameMade',
    problems: [
      'quest-not-found',
      'version-not-found',
      'quest-not-published',
      'quest-retired',
      'start-out-of-range',
      'games-at-limit',
    ],
  },
  'POST /games/:gameId/start': {
    tag: 'Games',
    summary: 'Start it now',
    allowed: 'games:operate',
    body: 'none',
    status: 200,
    answer: 'Steered',
    problems: [...OWN_GAME, 'game-already-started'],
  },
  'POST /games/:gameId/pause': {
    tag: 'Games',
    summary: 'Stop the clock',
    allowed: 'games:operate',
    body: 'none',
    status: 200,
    answer: 'Steered',
    problems: [...OWN_GAME, 'game-not-started', 'game-paused'],
  },
  'POST /games/:gameId/resume': {
    tag: 'Games',
    summary: 'Go on; the end moves by the time that was paused',
    allowed: 'games:operate',
    body: 'none',
    status: 200,
    answer: 'Steered',
    problems: [...OWN_GAME, 'game-not-started', 'game-not-paused'],
  },
  'POST /games/:gameId/end': {
    tag: 'Games',
    summary: 'End it now, also before it has started',
    allowed: 'games:operate',
    body: 'none',
    status: 200,
    answer: 'Steered',
    problems: OWN_GAME,
  },
  'POST /games/:gameId/players': {
    tag: 'Players',
    summary:
      'Join; by the own session token or the game’s owner’s, who is in the game gets a fresh ticket and who has left comes back',
    allowed: 'everybody-or-operator',
    body: 'JoinBody',
    status: 201,
    answer: 'PlayerJoined',
    problems: [...OWN_GAME, 'wrong-join-code', 'already-joined', 'game-full', 'players-at-limit', 'rate-limited'],
  },
  'DELETE /games/:gameId/players/:playerId': {
    tag: 'Players',
    summary: 'Leave; row and score are kept for a return',
    allowed: 'player-or-operator',
    body: 'none',
    status: 200,
    answer: 'Steered',
    problems: [...OWN_GAME, 'player-not-found'],
  },
  'POST /games/:gameId/players/:playerId/reach': {
    tag: 'Players',
    summary: 'Reach a waypoint; a treasure ends the game',
    allowed: 'player-or-operator',
    body: 'ReachBody',
    status: 200,
    answer: 'WaypointGiven',
    problems: [
      ...OWN_GAME,
      'player-not-found',
      'waypoint-not-found',
      'game-not-started',
      'game-paused',
      'waypoint-already-reached',
      'waypoint-out-of-order',
      'waypoint-too-far',
    ],
  },
  'GET /problems/:slug': {
    tag: 'About',
    summary: 'What a problem type means',
    status: 200,
    answer: 'ProblemKind',
    problems: ['not-found'],
  },
  'GET /schemas/quest.json': {
    tag: 'About',
    summary: 'JSON Schema of quest documents, for editors',
    status: 200,
    answer: 'application/schema+json',
    problems: [],
  },
  'GET /openapi.json': {
    tag: 'About',
    summary: 'This description',
    status: 200,
    answer: 'application/json',
    problems: [],
  },
  'GET /docs': { tag: 'About', summary: 'This description, to read', status: 200, answer: 'text/html', problems: [] },
  'GET /docs/:file': {
    tag: 'About',
    summary: 'Parts of that page',
    status: 200,
    answer: 'text/javascript',
    problems: ['not-found'],
  },
  'GET /health/live': {
    tag: 'About',
    summary: 'Whether the process lives',
    failing: 'It should be restarted; `checks` say why.',
    status: 200,
    answer: 'Health',
    problems: [],
  },
  'GET /health/ready': {
    tag: 'About',
    summary: 'Whether it takes commands',
    failing: 'It takes none now; `checks` say why.',
    status: 200,
    answer: 'Health',
    problems: [],
  },
};
