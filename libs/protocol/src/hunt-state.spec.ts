import type { FrameContent, FrameMeta } from './frame-encoder.ts';
import { encodeFrame } from './frame-encoder.ts';
import { readFrame } from './frame-reader.ts';
import { ADA, BEN, CHEST, GAME, META, WELL, eventOf } from './golden/sample-frames.ts';
import { WELCOME } from './golden/sample-texts.ts';
import type { FrameOutcome, HuntState } from './hunt-state.ts';
import { applyFrame, applyWelcome, createHuntState } from './hunt-state.ts';

/** A state with a keyframe of sequence 100, revision 7. */
function synced(): HuntState {
  const state = createHuntState();
  applyWelcome(state, WELCOME);
  expect(feed(state, { sequence: 100 }, { kind: 'keyframe', game: GAME, players: [ADA, BEN] })).toBe('applied');
  return state;
}

function feed(state: HuntState, meta: Partial<FrameMeta>, content: FrameContent): FrameOutcome {
  return applyFrame(state, readFrame(encodeFrame({ ...META, ...meta }, content)));
}

const pause: FrameContent = { kind: 'event', event: eventOf({ type: 'GamePaused' }) };
const still: FrameContent = { kind: 'delta', players: [] };
const whole: FrameContent = { kind: 'keyframe', game: GAME, players: [ADA] };

describe('the fold of a connection', () => {
  it('ST1: a welcome names everybody, and a keyframe fills in the rest', () => {
    const state = synced();
    expect(state).toMatchObject({ row: 0, synced: true, status: 'running', revision: 7, waypointCount: 12 });
    expect(state.players).toMatchObject([
      { playerId: 'ada', name: 'Ada', x: 12.5, score: 30 },
      { playerId: 'ben', present: true, placed: false },
    ]);
  });

  it('ST2: nothing but a keyframe opens a first connection', () => {
    const state = createHuntState();
    applyWelcome(state, WELCOME);
    expect(feed(state, {}, still)).toBe('not-synced');
    expect(feed(state, {}, pause)).toBe('not-synced');
    expect(feed(state, {}, { kind: 'reveal', row: 0, entries: [] })).toBe('not-synced');
  });

  it('ST3: a delta changes the rows that it carries, and adds one that is new', () => {
    const state = synced();
    const cyd = { ...BEN, row: 2, score: 5 };
    expect(feed(state, { sequence: 101 }, { kind: 'delta', players: [{ ...ADA, x: 14 }, cyd] })).toBe('applied');
    expect(state.players).toMatchObject([{ x: 14, name: 'Ada' }, { score: 0 }, { score: 5, playerId: '' }]);
  });

  it('SK2: state frames may be missing only as many as the server says it left out, and then a keyframe comes', () => {
    expect(feed(synced(), { sequence: 102 }, still)).toBe('frame-missing');
    expect(feed(synced(), { sequence: 103, skipped: 2 }, whole)).toBe('applied');
    expect(feed(synced(), { sequence: 103, skipped: 1 }, whole)).toBe('frame-missing');
    expect(feed(synced(), { sequence: 103, skipped: 2 }, still)).toBe('frame-missing');
  });

  it('SK2: events between count for themselves', () => {
    const state = synced();
    expect(feed(state, { sequence: 102, revision: 8 }, pause)).toBe('applied');
    expect(feed(state, { sequence: 104, revision: 8, skipped: 2 }, whole)).toBe('applied');
    expect(feed(state, { sequence: 105, revision: 8 }, still)).toBe('applied');
  });

  it('FR7: nothing goes backwards', () => {
    const state = synced();
    expect(feed(state, { sequence: 100 }, still)).toBe('backwards');
    expect(feed(state, { sequence: 101, revision: 6 }, still)).toBe('backwards');
    expect(feed(state, { sequence: 101, revision: 7 }, pause)).toBe('backwards');
    expect(feed(state, { sequence: 100, revision: 8 }, pause)).toBe('backwards');
    expect(feed(state, { sequence: 99 }, whole)).toBe('backwards');
    expect(feed(state, { sequence: 101, revision: 6 }, whole)).toBe('backwards');
    expect(feed(state, { revision: 6 }, { kind: 'reveal', row: 0, entries: [] })).toBe('backwards');
  });

  it('FR8: a lost event shows in the next frame, of whatever kind', () => {
    expect(feed(synced(), { sequence: 102, revision: 9 }, pause)).toBe('event-missing');
    expect(feed(synced(), { sequence: 102, revision: 8 }, still)).toBe('event-missing');
    expect(feed(synced(), { sequence: 102, revision: 8, skipped: 1 }, whole)).toBe('event-missing');
    expect(feed(synced(), { revision: 8 }, { kind: 'reveal', row: 0, entries: [] })).toBe('event-missing');
  });

  it('FR8: a frame that is not applied leaves the state as it was', () => {
    const state = synced();
    const before = JSON.stringify(state);
    feed(state, { sequence: 102 }, { kind: 'delta', players: [{ ...ADA, x: 99, row: 5 }] });
    feed(state, { sequence: 102, revision: 9 }, pause);
    expect(JSON.stringify(state)).toBe(before);
  });

  it('EV: each event changes what it says', () => {
    const state = synced();
    let { revision, sequence } = state;
    const event = (fields: Parameters<typeof eventOf>[0]): void => {
      revision += 1;
      sequence += 1;
      expect(feed(state, { revision, sequence }, { kind: 'event', event: eventOf(fields) })).toBe('applied');
    };
    event({ type: 'GamePaused' });
    expect(state.status).toBe('paused');
    event({ type: 'GameResumed', endsAt: 9 });
    expect(state).toMatchObject({ status: 'running', endsAt: 9 });
    event({ type: 'GameStarted', at: 3, endsAt: 8 });
    expect(state).toMatchObject({ status: 'running', startedAt: 3, endsAt: 8 });
    event({ type: 'PlayerJoined', row: 2, playerId: 'cyd', name: 'Cyd' });
    expect(state.players[2]).toMatchObject({ playerId: 'cyd', name: 'Cyd', present: true });
    event({ type: 'PlayerLeft', row: 2, playerId: 'cyd' });
    expect(state.players[2]).toMatchObject({ present: false, connected: false });
    event({ type: 'WaypointReached', row: 1, waypoint: 0, points: 10, score: 10, playerId: 'ben' });
    expect(state.players[1]).toMatchObject({ score: 10, reachedCount: 1, nextWaypoint: 1 });
    event({ type: 'WaypointReached', row: 0, waypoint: 11, points: 10, score: 40, playerId: 'ada' });
    expect(state.players[0]).toMatchObject({ score: 40, reachedCount: 4, nextWaypoint: null });
    event({ type: 'GameEnded', reason: 'time' });
    expect(state.status).toBe('ended');
  });

  it('EV1: in free order the next waypoint is what state frames say', () => {
    const state = createHuntState();
    applyWelcome(state, { ...WELCOME, order: 'free' });
    feed(state, { sequence: 100 }, { kind: 'keyframe', game: GAME, players: [ADA, BEN] });
    const event = eventOf({ type: 'WaypointReached', row: 0, waypoint: 7, points: 10, score: 40, playerId: 'ada' });
    feed(state, { sequence: 101, revision: 8 }, { kind: 'event', event });
    expect(state.players[0]).toMatchObject({ reachedCount: 4, nextWaypoint: ADA.nextWaypoint });
  });

  it('RV: the window is what was revealed to this row and not reached by it', () => {
    const state = synced();
    feed(state, {}, { kind: 'reveal', row: 0, reset: true, entries: [WELL, { ...CHEST, clue: '' }] });
    feed(state, {}, { kind: 'reveal', row: 1, entries: [{ ...CHEST, index: 9 }] });
    expect([...state.window.keys()]).toEqual([3, 4]);
    const reach = (row: number, waypoint: number): FrameContent => ({
      kind: 'event',
      event: eventOf({ type: 'WaypointReached', row, waypoint, points: 1, score: 1, playerId: 'x' }),
    });
    feed(state, { sequence: 101, revision: 8 }, reach(1, 4));
    expect([...state.window.keys()]).toEqual([3, 4]);
    feed(state, { sequence: 102, revision: 9 }, reach(0, 3));
    expect([...state.window.keys()]).toEqual([4]);
    feed(state, { revision: 9 }, { kind: 'reveal', row: 0, entries: [{ ...CHEST, clue: 'Dig' }] });
    expect(state.window.get(4)).toMatchObject({ clue: 'Dig' });
  });

  it('RV: a full frame replaces the places of the window and keeps the clues', () => {
    const state = synced();
    feed(state, {}, { kind: 'reveal', row: 0, reset: true, entries: [WELL] });
    const full = (windowRow: number, sequence: number, window = [WELL, CHEST]): FrameOutcome =>
      feed(state, { sequence, full: true }, { kind: 'keyframe', game: { ...GAME, windowRow }, players: [ADA], window });
    expect(full(1, 101)).toBe('applied');
    expect([...state.window.keys()]).toEqual([3]);
    expect(full(0, 102)).toBe('applied');
    expect([...state.window.values()].map((waypoint) => waypoint.clue)).toEqual([WELL.clue, '']);
    expect(full(0, 103, [{ ...CHEST, x: 41 }])).toBe('applied');
    expect([...state.window.values()]).toMatchObject([{ index: 4, x: 41 }]);
    expect(full(0, 104, [])).toBe('applied');
    expect(state.window.size).toBe(0);
  });

  it('RS3: a recovered resume goes on from what is held, and its keyframe must agree', () => {
    const resumed = { ...WELCOME, resumed: { recovered: true, fromRevision: 7, events: 1 } };
    const state = synced();
    applyWelcome(state, resumed);
    expect(feed(state, { sequence: 0, revision: 9 }, pause)).toBe('event-missing');
    expect(feed(state, { sequence: 0, revision: 8 }, pause)).toBe('applied');
    expect(feed(state, { sequence: 3, revision: 9 }, whole)).toBe('event-missing');
    expect(feed(state, { sequence: 3, revision: 8 }, whole)).toBe('applied');
  });

  it('RS4: a resume that is not recovered starts from nothing', () => {
    const state = synced();
    feed(state, {}, { kind: 'reveal', row: 0, reset: true, entries: [WELL] });
    applyWelcome(state, { ...WELCOME, roster: [], resumed: { recovered: false, fromRevision: 7, events: 0 } });
    expect(state).toMatchObject({ revision: -1, players: [], synced: false });
    expect(state.window.size).toBe(0);
    expect(feed(state, { sequence: 3, revision: 2 }, { ...whole, notRecovered: true })).toBe('applied');
  });
});
