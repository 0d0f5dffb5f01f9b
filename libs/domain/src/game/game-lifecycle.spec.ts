import type { GameEvent } from './game-events.ts';
import { evolveLifecycle, gameDeadline, initialLifecycle } from './game-lifecycle.ts';

const created = (startsAt: number | null): GameEvent => ({
  type: 'GameCreated',
  data: {
    gameId: 'g1',
    questId: 'q1',
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
const started: GameEvent = { type: 'GameStarted', data: { at: 100, endsAt: 160_100 } };
const deadlineAfter = (...history: GameEvent[]) => gameDeadline(history.reduce(evolveLifecycle, initialLifecycle()));

describe('the deadline of a game', () => {
  it('is its start while it is scheduled, and none where its owner starts it', () => {
    expect(deadlineAfter(created(500))).toEqual({ dueAt: 500, action: 'StartScheduledGame' });
    expect(deadlineAfter(created(null))).toBeNull();
    expect(deadlineAfter()).toBeNull();
  });
  it('is its end while it runs, moved by pauses', () => {
    expect(deadlineAfter(created(500), started)).toEqual({ dueAt: 160_100, action: 'EndGameAtTimeLimit' });
    expect(
      deadlineAfter(
        created(null),
        started,
        { type: 'GamePaused', data: { at: 200 } },
        { type: 'GameResumed', data: { at: 300, endsAt: 160_200 } },
      ),
    ).toEqual({ dueAt: 160_200, action: 'EndGameAtTimeLimit' });
  });
  it('is none while it is paused and after it has ended', () => {
    expect(deadlineAfter(created(null), started, { type: 'GamePaused', data: { at: 200 } })).toBeNull();
    expect(
      deadlineAfter(created(null), started, {
        type: 'GameEnded',
        data: { at: 200, reason: 'operator', winnerId: null },
      }),
    ).toBeNull();
  });
});
