import type { GameEvent } from './game-events.ts';

/**
 * The life of a game without its players: all that the scheduler has to know. GameState holds one, and the scheduler folds these alone
 * when it rebuilds its timers from the log.
 */
export interface GameLifecycle {
  status: 'none' | 'scheduled' | 'running' | 'paused' | 'ended';
  /** Null: its owner starts it. */
  startsAt: number | null;
  durationSeconds: number;
  /** When it ends unless it is paused; 0 before it has started. */
  endsAt: number;
  /** Epoch ms of the last pause; 0 when it was never paused. */
  pausedAt: number;
}

/** A time at which a game moves on by itself. */
export interface GameDeadline {
  readonly dueAt: number;
  readonly action: 'StartScheduledGame' | 'EndGameAtTimeLimit';
}

export const initialLifecycle = (): GameLifecycle => ({
  status: 'none',
  startsAt: null,
  durationSeconds: 0,
  endsAt: 0,
  pausedAt: 0,
});

/** The event types that move a lifecycle; the others need not be decoded for it. */
export const LIFECYCLE_EVENT_TYPES: ReadonlySet<GameEvent['type']> = new Set([
  'GameCreated',
  'GameStarted',
  'GamePaused',
  'GameResumed',
  'GameEnded',
] as const);

/** Folds one event in place; events of players leave it as it is. */
export function evolveLifecycle(life: GameLifecycle, event: GameEvent): GameLifecycle {
  switch (event.type) {
    case 'GameCreated':
      life.status = 'scheduled';
      life.startsAt = event.data.startsAt;
      life.durationSeconds = event.data.durationSeconds;
      return life;
    case 'GameStarted':
      life.status = 'running';
      life.endsAt = event.data.endsAt;
      return life;
    case 'GamePaused':
      life.status = 'paused';
      life.pausedAt = event.data.at;
      return life;
    case 'GameResumed':
      life.status = 'running';
      life.endsAt = event.data.endsAt;
      return life;
    case 'GameEnded':
      life.status = 'ended';
      return life;
    default:
      return life;
  }
}

/** What will happen to this game by itself, and when. Null: nothing, until somebody asks something of it. A paused game has no deadline. */
export function gameDeadline(life: GameLifecycle): GameDeadline | null {
  if (life.status === 'scheduled' && life.startsAt !== null) {
    return { dueAt: life.startsAt, action: 'StartScheduledGame' };
  }
  if (life.status === 'running') return { dueAt: life.endsAt, action: 'EndGameAtTimeLimit' };
  return null;
}
