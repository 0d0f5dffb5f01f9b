import { GAMES_LIVE_MAX, PLAYERS_LIVE_MAX } from '@waymark/base';
import type { GameEvent } from '@waymark/domain';
import { LiveGames } from './live-games.ts';
import { recordedGameEvent } from '../testing/recorded-game-event.ts';

const created = (startsAt: number | null = null): GameEvent => ({
  type: 'GameCreated',
  data: {
    gameId: 'g',
    questId: 'q',
    questVersion: 1,
    contentHash: 'h',
    ownerId: 'ada',
    joinCode: null,
    startsAt,
    durationSeconds: 60,
    maxPlayers: 2,
    at: 1,
  },
});
const joined = (row: number): GameEvent => ({
  type: 'PlayerJoined',
  data: { playerId: `p${row}`, name: 'P', row, at: 2 },
});
const left: GameEvent = { type: 'PlayerLeft', data: { playerId: 'p0', row: 0, at: 3 } };
const ended: GameEvent = { type: 'GameEnded', data: { at: 9, reason: 'operator', winnerId: null } };

describe('LiveGames', () => {
  let live: LiveGames;
  const observe = (gameId: string, event: GameEvent) => live.observe(recordedGameEvent(gameId, event));
  beforeEach(() => {
    live = new LiveGames();
  });

  it('counts games from their creation to their end', () => {
    expect(observe('g1', created())).toBe('g1');
    observe('g2', created(500));
    expect([live.gameCount, live.get('g2')?.life.startsAt]).toEqual([2, 500]);
    expect(observe('g1', ended)).toBe('g1');
    expect([live.gameCount, live.get('g1')]).toEqual([1, undefined]);
  });
  it('counts the rows of players, once for each who returns, until their game ends', () => {
    observe('g1', created());
    observe('g2', created());
    for (const event of [joined(0), joined(1), left, joined(0)]) expect(observe('g1', event)).toBeNull();
    observe('g2', joined(0));
    expect(live.playerCount).toBe(3);
    observe('g1', ended);
    expect(live.playerCount).toBe(1);
  });
  it('does not look into reaches, and leaves quests alone', () => {
    const reach = { ...recordedGameEvent('g1', left), type: 'WaypointReached', data: 'not even JSON' };
    expect(live.observe(reach)).toBeNull();
    expect(live.observe({ ...recordedGameEvent('x', ended), stream: 'quest-x' })).toBeNull();
  });
  it('has room up to the limits, counting what is under way', () => {
    for (let i = 0; i < GAMES_LIVE_MAX - 1; i++) observe(`g${i}`, created());
    live.reserveGame();
    expect(live.hasRoomForReservedGames()).toBe(true);
    live.reserveGame();
    expect(live.hasRoomForReservedGames()).toBe(false);
    live.releaseGame();
    expect(live.hasRoomForReservedGames()).toBe(true);

    for (let i = 0; i < PLAYERS_LIVE_MAX / 4; i++) observe(`g${i}`, joined(3));
    expect(live.playerCount).toBe(PLAYERS_LIVE_MAX - 4);
    for (let i = 0; i < 4; i++) live.reservePlayer();
    expect(live.hasRoomForReservedPlayers()).toBe(true);
    live.reservePlayer();
    expect(live.hasRoomForReservedPlayers()).toBe(false);
    live.releasePlayer();
    expect(live.hasRoomForReservedPlayers()).toBe(true);
  });
});
