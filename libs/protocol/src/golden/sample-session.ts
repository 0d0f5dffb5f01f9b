import type { WelcomeMessage } from '../control-messages.ts';
import type { FrameContent, FrameMeta } from '../frame-encoder.ts';
import { encodeFrame } from '../frame-encoder.ts';
import { readFrame } from '../frame-reader.ts';
import type { FrameOutcome, HuntState } from '../hunt-state.ts';
import { applyFrame, applyWelcome, createHuntState } from '../hunt-state.ts';
import { toHex } from './hex.ts';
import { ADA, BEN, CHEST, GAME, META, WELL, eventOf } from './sample-frames.ts';
import { WELCOME } from './sample-texts.ts';

/**
 * One connection after another of the same player, message by message, with what a client must know after each: joins, sees deltas, a
 * reach, skipped frames, loses its socket, resumes with two missed events, and is handed frames that do not follow.
 */
export interface SessionStep {
  readonly does: string;
  readonly text?: string;
  readonly hex?: string;
  readonly outcome?: FrameOutcome;
  /** The state after the step. */
  readonly state: unknown;
}

export function sampleSession(): readonly SessionStep[] {
  const state = createHuntState();
  const welcome = (does: string, fields: Partial<WelcomeMessage>): SessionStep => {
    const message: WelcomeMessage = { ...WELCOME, ...fields };
    applyWelcome(state, message);
    return { does, text: JSON.stringify(message), state: summary(state) };
  };
  const frame = (does: string, meta: Partial<FrameMeta>, content: FrameContent): SessionStep => {
    const bytes = encodeFrame({ ...META, ...meta }, content);
    const outcome = applyFrame(state, readFrame(bytes));
    return { does, hex: toHex(bytes), outcome, state: summary(state) };
  };
  const reach = eventOf({ type: 'WaypointReached', row: 0, waypoint: 3, points: 10, score: 40, playerId: 'ada' });
  const next = { ...ADA, score: 40, reachedCount: 4, nextWaypoint: 4 };
  return [
    welcome('joins', {}),
    frame('a delta before any keyframe is not taken', { sequence: 494 }, { kind: 'delta', players: [ADA] }),
    frame('first keyframe', { sequence: 495 }, { kind: 'keyframe', game: GAME, players: [ADA, BEN] }),
    frame('the window', { sequence: 495 }, { kind: 'reveal', row: 0, reset: true, entries: [WELL, CHEST] }),
    frame('moves', { sequence: 496, tick: 481 }, { kind: 'delta', players: [{ ...ADA, x: 19, y: -4 }] }),
    frame('reaches the well', { sequence: 497, revision: 8, tick: 481 }, { kind: 'event', event: reach }),
    frame(
      'the clue of the next',
      { sequence: 497, revision: 8, tick: 481 },
      { kind: 'reveal', row: 0, entries: [{ ...CHEST, clue: 'Below the third bridge' }] },
    ),
    frame('state agrees', { sequence: 498, revision: 8, tick: 482 }, { kind: 'delta', players: [next] }),
    frame(
      'two frames were skipped, a keyframe stands for them',
      { sequence: 501, revision: 8, tick: 485, skipped: 2 },
      { kind: 'keyframe', game: GAME, players: [next, BEN] },
    ),
    frame(
      'a frame is missing that nobody skipped',
      { sequence: 503, revision: 8, tick: 487 },
      { kind: 'delta', players: [] },
    ),
    frame(
      'an event is missing',
      { sequence: 503, revision: 10, tick: 487 },
      { kind: 'event', event: eventOf({ type: 'GamePaused' }) },
    ),
    welcome('resumes', { resumed: { recovered: true, fromRevision: 8, events: 2 }, tick: 540 }),
    frame(
      'first missed event',
      { sequence: 0, revision: 9 },
      { kind: 'event', event: eventOf({ type: 'PlayerLeft', row: 1, playerId: 'ben' }) },
    ),
    frame(
      'second missed event',
      { sequence: 0, revision: 10, status: 'paused' },
      { kind: 'event', event: eventOf({ type: 'GamePaused' }) },
    ),
    frame(
      'keyframe of the new connection',
      { sequence: 12, revision: 10, tick: 540, status: 'paused' },
      { kind: 'keyframe', game: GAME, players: [next, { ...BEN, present: false }] },
    ),
    frame('an event twice is not taken', { sequence: 13, revision: 10 }, { kind: 'event', event: reach }),
    welcome('resumes on a server with another log', {
      epoch: '9e8d7c6b-0000-4000-8000-000000000001',
      resumed: { recovered: false, fromRevision: 10, events: 0 },
      tick: 3,
    }),
    frame(
      'keyframe that says so',
      { sequence: 2, revision: 4, tick: 3 },
      { kind: 'keyframe', notRecovered: true, game: GAME, players: [ADA] },
    ),
  ];
}

function summary(state: HuntState): unknown {
  const { row, synced, status, tick, revision, startedAt, endsAt, waypointCount } = state;
  const players = structuredCopy(state.players);
  const window = structuredCopy([...state.window.values()]);
  return { row, synced, status, tick, revision, startedAt, endsAt, waypointCount, players, window };
}

/** The state is updated in place, so each step keeps a copy of its own. */
function structuredCopy<T extends object>(items: readonly T[]): T[] {
  return items.map((item) => ({ ...item }));
}
