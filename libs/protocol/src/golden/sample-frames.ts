import type { FrameContent, FrameMeta } from '../frame-encoder.ts';
import type { EventPayload, GameBlock, PlayerRecord, RevealEntry, WaypointRecord } from '../frames.ts';

/** The frames of the golden vectors: every kind, every event type, each flag, the largest keyframe and the extremes of the numbers. */
export interface SampleFrame {
  readonly name: string;
  readonly meta: FrameMeta;
  readonly content: FrameContent;
}

/** 2026-11-23 12:00:00 UTC. */
export const NOON = 1_795_435_200_000;

export const META: FrameMeta = {
  status: 'running',
  tick: 480,
  revision: 7,
  dueAt: NOON + 72_000.5,
  sequence: 495,
  sentAfterMs: 0.25,
};

export const GAME: GameBlock = {
  startedAt: NOON + 1_000,
  endsAt: NOON + 3_601_000,
  windowRow: null,
  waypointCount: 12,
};

export const ADA: PlayerRecord = {
  row: 0,
  present: true,
  connected: true,
  placed: true,
  x: 12.5,
  y: -3.25,
  z: 1.5,
  score: 30,
  reachedCount: 3,
  nextWaypoint: 3,
  moveSequence: 42,
};

export const BEN: PlayerRecord = {
  row: 1,
  present: true,
  connected: false,
  placed: false,
  x: 0,
  y: 0,
  z: 0,
  score: 0,
  reachedCount: 0,
  nextWaypoint: 0,
  moveSequence: 0,
};

export const WELL: RevealEntry = {
  index: 3,
  x: 20,
  y: -4.5,
  z: 1.75,
  radius: 5,
  points: 10,
  treasure: false,
  clue: 'Where the water sleeps',
};

export const CHEST: RevealEntry = {
  index: 4,
  x: 40,
  y: -8,
  z: 2,
  radius: 2.5,
  points: 100,
  treasure: true,
  clue: '',
};

/** An event payload with everything at "none", and what a test says on top. */
export function eventOf(fields: Partial<EventPayload> & Pick<EventPayload, 'type'>): EventPayload {
  return {
    row: null,
    waypoint: null,
    points: 0,
    score: 0,
    treasure: false,
    sentAt: null,
    position: 1_234,
    at: NOON + 72_000,
    endsAt: 0,
    reason: null,
    playerId: '',
    name: '',
    ...fields,
  };
}

const EVENTS: readonly EventPayload[] = [
  eventOf({ type: 'GameStarted', at: NOON + 1_000, endsAt: NOON + 3_601_000 }),
  eventOf({ type: 'GamePaused' }),
  eventOf({ type: 'GameResumed', endsAt: NOON + 3_700_000 }),
  eventOf({ type: 'GameEnded', reason: 'operator' }),
  eventOf({ type: 'PlayerJoined', row: 1, playerId: 'ben', name: 'Бен 🧭' }),
  eventOf({ type: 'PlayerLeft', row: 1, playerId: 'ben' }),
  eventOf({
    type: 'WaypointReached',
    row: 0,
    waypoint: 3,
    points: 10,
    score: 40,
    sentAt: NOON + 71_998.75,
    playerId: 'ada',
  }),
];

export const SAMPLE_FRAMES: readonly SampleFrame[] = [
  {
    name: 'keyframe of a scheduled game without players',
    meta: { ...META, status: 'scheduled', revision: 0, sequence: 1, tick: 1 },
    content: { kind: 'keyframe', game: { ...GAME, startedAt: null, endsAt: null }, players: [] },
  },
  { name: 'keyframe, delta profile', meta: META, content: { kind: 'keyframe', game: GAME, players: [ADA, BEN] } },
  {
    name: 'keyframe, full profile, with a window',
    meta: { ...META, full: true },
    content: { kind: 'keyframe', game: { ...GAME, windowRow: 0 }, players: [ADA, BEN], window: [WELL, CHEST] },
  },
  {
    name: 'keyframe after a resume that was not recovered',
    meta: { ...META, status: 'paused' },
    content: { kind: 'keyframe', notRecovered: true, game: GAME, players: [ADA] },
  },
  {
    name: 'keyframe after three skipped frames',
    meta: { ...META, skipped: 3 },
    content: { kind: 'keyframe', game: GAME, players: [ADA] },
  },
  {
    name: 'keyframe as large as they get',
    meta: { ...META, full: true },
    content: {
      kind: 'keyframe',
      game: { ...GAME, windowRow: 63, waypointCount: 16_384 },
      players: Array.from({ length: 64 }, (_, row) => ({ ...ADA, row, score: row * 10 })),
      window: Array.from({ length: 64 }, (_, i): WaypointRecord => ({ ...waypoint(CHEST), index: 16_320 + i })),
    },
  },
  { name: 'delta without changes', meta: META, content: { kind: 'delta', players: [] } },
  { name: 'delta of one player', meta: META, content: { kind: 'delta', players: [{ ...ADA, x: 13.1 }] } },
  {
    name: 'delta with the largest numbers',
    meta: { ...META, tick: 0xffff_ffff, revision: 0xffff_fffe, sequence: 0xffff_ffff, sentAfterMs: 149.5 },
    content: {
      kind: 'delta',
      players: [
        {
          ...ADA,
          row: 63,
          x: 100_000,
          y: -100_000,
          score: 0xffff_ffff,
          reachedCount: 16_384,
          nextWaypoint: null,
          moveSequence: 0xffff_ffff,
        },
      ],
    },
  },
  ...EVENTS.map((event): SampleFrame => ({
    name: `event ${event.type}`,
    meta: {
      ...META,
      revision: 8,
      sequence: 496,
      dueAt: event.at,
      status: event.type === 'GameEnded' ? 'ended' : event.type === 'GamePaused' ? 'paused' : 'running',
    },
    content: { kind: 'event', event },
  })),
  {
    name: 'event GameEnded with a winner',
    meta: { ...META, status: 'ended' },
    content: { kind: 'event', event: eventOf({ type: 'GameEnded', reason: 'treasure', row: 0, playerId: 'ada' }) },
  },
  {
    name: 'event WaypointReached of a treasure, without sentAt',
    meta: META,
    content: {
      kind: 'event',
      event: eventOf({
        type: 'WaypointReached',
        row: 0,
        waypoint: 4,
        points: 100,
        score: 140,
        treasure: true,
        playerId: 'ada',
      }),
    },
  },
  {
    name: 'reveal that resets the window',
    meta: META,
    content: { kind: 'reveal', row: 0, reset: true, entries: [WELL, CHEST] },
  },
  { name: 'reveal of nothing', meta: META, content: { kind: 'reveal', row: 0, reset: true, entries: [] } },
  {
    name: 'reveal of a clue beyond ASCII',
    meta: META,
    content: { kind: 'reveal', row: 5, entries: [{ ...CHEST, clue: 'Под мостом, 第三の橋 ⛏' }] },
  },
];

function waypoint(entry: RevealEntry): WaypointRecord {
  const { clue: _clue, ...record } = entry;
  return record;
}
