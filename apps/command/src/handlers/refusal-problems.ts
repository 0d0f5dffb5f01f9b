import { GAMES_LIVE_MAX, PLAYERS_LIVE_MAX } from '@waymark/base';
import type { GameRefusal, QuestRefusal } from '@waymark/domain';
import { Problem, type ProblemSlug } from '@waymark/platform';

/**
 * How each refusal of the domain is told over HTTP: the one table from names to problem types, and the sentence for this case. The mapped
 * type makes it complete; a test holds it to exactly the refusals that there are.
 */
type Refusal = GameRefusal | QuestRefusal;
type RefusalOf<Name extends Refusal['name']> = Extract<Refusal, { readonly name: Name }>;

export const REFUSAL_PROBLEMS: {
  readonly [Name in Refusal['name']]: {
    readonly slug: ProblemSlug;
    readonly detail: (refusal: RefusalOf<Name>) => string;
    /** Members for programs, beside the sentence. */
    readonly extra?: (refusal: RefusalOf<Name>) => Readonly<Record<string, unknown>>;
    readonly retryAfterSeconds?: number;
  };
} = {
  // Quests
  QuestNotFound: { slug: 'quest-not-found', detail: () => 'no quest has this id' },
  QuestAlreadyExists: { slug: 'revision-conflict', detail: () => 'a quest with this id exists already' },
  NotYourQuest: { slug: 'forbidden', detail: () => 'the quest belongs to another author' },
  QuestRetired: { slug: 'quest-retired', detail: () => 'the quest is retired' },
  DraftChanged: {
    slug: 'precondition-failed',
    detail: ({ expectedRevision, actualRevision }) =>
      `If-Match names revision ${expectedRevision}, the quest is at ${actualRevision}`,
    extra: ({ actualRevision }) => ({ revision: actualRevision }),
  },
  QuestNotPublished: { slug: 'quest-not-published', detail: () => 'the quest has no published version yet' },
  VersionNotFound: {
    slug: 'version-not-found',
    detail: ({ version, latestVersion }) => `there is no version ${version}; the latest is ${latestVersion}`,
    extra: ({ latestVersion }) => ({ latestVersion }),
  },
  // Games
  GameNotFound: { slug: 'game-not-found', detail: () => 'no game has this id' },
  GameAlreadyExists: { slug: 'revision-conflict', detail: () => 'a game with this id exists already' },
  NotYourGame: { slug: 'forbidden', detail: () => 'the game belongs to somebody else' },
  GamesAtLimit: {
    slug: 'games-at-limit',
    detail: () => `${GAMES_LIVE_MAX} games live already`,
    retryAfterSeconds: 60,
  },
  StartOutOfRange: {
    slug: 'start-out-of-range',
    detail: () => 'startsAt lies in the past, or more than 366 days ahead',
    extra: ({ startsAt }) => ({ startsAt }),
  },
  GameNotStarted: { slug: 'game-not-started', detail: () => 'the game has not started yet' },
  GameAlreadyStarted: { slug: 'game-already-started', detail: () => 'the game was started before' },
  GamePaused: { slug: 'game-paused', detail: () => 'the game is paused' },
  GameNotPaused: { slug: 'game-not-paused', detail: () => 'the game runs' },
  GameOver: { slug: 'game-ended', detail: () => 'the game is over' },
  WrongJoinCode: { slug: 'wrong-join-code', detail: () => 'the join code is missing or wrong' },
  AlreadyJoined: { slug: 'already-joined', detail: () => 'the game has a player with this id already' },
  GameFull: {
    slug: 'game-full',
    detail: ({ maxPlayers }) => `the game takes ${maxPlayers} players, counting those who left`,
    extra: ({ maxPlayers }) => ({ maxPlayers }),
  },
  PlayersAtLimit: {
    slug: 'players-at-limit',
    detail: () => `the live games have ${PLAYERS_LIVE_MAX} players already`,
    retryAfterSeconds: 60,
  },
  NotThisPlayer: { slug: 'forbidden', detail: () => 'the token is of another player or another game' },
  PlayerNotInGame: { slug: 'player-not-found', detail: () => 'nobody with this id is in the game' },
  WaypointNotFound: {
    slug: 'waypoint-not-found',
    detail: ({ waypointCount }) => `the quest has waypoints 0 to ${waypointCount - 1}`,
    extra: ({ waypointCount }) => ({ waypointCount }),
  },
  AlreadyReached: { slug: 'waypoint-already-reached', detail: () => 'the player has reached this waypoint before' },
  OutOfOrder: {
    slug: 'waypoint-out-of-order',
    detail: ({ next }) => `the next waypoint of this player is ${next}`,
    extra: ({ next }) => ({ next }),
  },
  TooFar: {
    slug: 'waypoint-too-far',
    detail: ({ distanceM, radiusM }) => `${distanceM.toFixed(2)} m away; the radius is ${radiusM} m`,
    extra: ({ distanceM, radiusM }) => ({ distanceM, radiusM }),
  },
  NotDue: { slug: 'internal', detail: () => 'the scheduler was refused' },
};

export function problemOf(refusal: Refusal): Problem {
  const row = REFUSAL_PROBLEMS[refusal.name] as {
    readonly slug: ProblemSlug;
    readonly detail: (refusal: Refusal) => string;
    readonly extra?: (refusal: Refusal) => Readonly<Record<string, unknown>>;
    readonly retryAfterSeconds?: number;
  };
  const { retryAfterSeconds } = row;
  const extra = row.extra?.(refusal);
  return new Problem(row.slug, row.detail(refusal), {
    ...(extra === undefined ? {} : { extra }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
