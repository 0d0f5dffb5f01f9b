import type { RecordedEvent } from '@waymark/event-store';

/** What `GET /games/{id}` must answer, game by game, put together from the JSON as it is stored and without the gateway's code. */
export type GameRecord = Readonly<Record<string, unknown>>;

const GAME_PREFIX = 'game-';
const isoTime = (at: unknown): string | null => (typeof at === 'number' ? new Date(at).toISOString() : null);

export function gameRecords(log: readonly RecordedEvent[]): GameRecord[] {
  const ofGames = log.filter(({ stream }) => stream.startsWith(GAME_PREFIX));
  return [...Map.groupBy(ofGames, ({ stream }) => stream).values()].map(recordOf);
}

function recordOf(events: readonly RecordedEvent[]): GameRecord {
  const facts = events.map(({ data, type }) => ({ type, data: JSON.parse(data) as Record<string, unknown> }));
  const dataOf = (...types: string[]): Record<string, unknown> =>
    facts.findLast(({ type }) => types.includes(type))?.data ?? {};
  const count = (wanted: string): number => facts.filter(({ type }) => type === wanted).length;
  const { at: createdAt, joinCode, ownerId: _ownerId, startsAt, ...made } = dataOf('GameCreated');
  const ended = dataOf('GameEnded');
  const { type: steered } = facts.findLast(({ type }) => type in STATUS)!;
  return {
    ...made,
    open: joinCode === null,
    status: STATUS[steered],
    createdAt: isoTime(createdAt),
    startsAt: isoTime(startsAt),
    startedAt: isoTime(dataOf('GameStarted')['at']),
    endsAt: isoTime(dataOf('GameStarted', 'GameResumed')['endsAt']),
    endedAt: isoTime(ended['at']),
    endReason: ended['reason'] ?? null,
    winnerId: ended['winnerId'] ?? null,
    revision: events.length - 1,
    playerCount: count('PlayerJoined') - count('PlayerLeft'),
  };
}

const STATUS: Readonly<Record<string, string>> = {
  GameCreated: 'scheduled',
  GameStarted: 'running',
  GamePaused: 'paused',
  GameResumed: 'running',
  GameEnded: 'ended',
};
