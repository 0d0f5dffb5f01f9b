import type { FrameContent } from './frame-encoder.ts';
import { encodeFrame } from './frame-encoder.ts';
import { headerDueAt, headerSequence, isFrame } from './frame-header.ts';
import { FrameScratch, readFrame } from './frame-reader.ts';
import { ADA, CHEST, GAME, META, eventOf } from './golden/sample-frames.ts';
import { applyFrame, createHuntState } from './hunt-state.ts';

/**
 * What a frame costs whoever reads it: a bot or a browser (read and fold), a load generator (the header alone). `--smoke` runs each a few
 * times, to show that it still runs.
 */
const smoke = process.argv.includes('--smoke');
const ROUNDS = smoke ? 2 : 15;
const FRAMES_PER_ROUND = smoke ? 100 : 100_000;

const one = { kind: 'delta', players: [ADA] } as const;
const eight = { kind: 'delta', players: Array.from({ length: 8 }, (_, row) => ({ ...ADA, row })) } as const;
const full = {
  kind: 'keyframe',
  game: { ...GAME, windowRow: 0 },
  players: eight.players,
  window: Array.from({ length: 64 }, (_, index) => ({ ...CHEST, index })),
} as const;
const event = {
  kind: 'event',
  event: eventOf({ type: 'WaypointReached', row: 0, waypoint: 3, points: 10, score: 40, playerId: 'ada' }),
} as const;

const scratch = new FrameScratch();
let sum = 0;

function readAndFold(content: FrameContent): (number: number) => void {
  const bytes = encodeFrame(META, content);
  const state = createHuntState();
  state.row = 0;
  return () => {
    // Taken back by a frame, so that each one follows.
    state.synced = true;
    state.revision = content.kind === 'event' ? META.revision - 1 : META.revision;
    state.sequence = state.stateSequence = META.sequence - 1;
    state.eventsSinceState = 0;
    if (applyFrame(state, readFrame(bytes, scratch)) !== 'applied') throw new Error('the frame did not follow');
  };
}

function headerOnly(): (number: number) => void {
  const { buffer } = encodeFrame(META, eight);
  return () => {
    const view = new DataView(buffer);
    if (isFrame(view)) sum += headerDueAt(view) + headerSequence(view);
  };
}

function measure(name: string, work: (number: number) => void): void {
  const perFrameNs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    for (let number = 0; number < FRAMES_PER_ROUND; number++) work(number);
    perFrameNs.push(((performance.now() - startedAt) * 1e6) / FRAMES_PER_ROUND);
  }
  perFrameNs.sort((a, b) => a - b);
  const median = perFrameNs[Math.floor(ROUNDS / 2)]!;
  process.stdout.write(`${name.padEnd(44)} ${median.toFixed(0).padStart(6)} ns a frame\n`);
}

measure('header fields of a delta', headerOnly());
measure('read and fold a delta of 1 player', readAndFold(one));
measure('read and fold a delta of 8 players', readAndFold(eight));
measure('read and fold a full frame, 64 waypoints', readAndFold(full));
measure('read and fold an event', readAndFold(event));
if (!Number.isFinite(sum)) throw new Error('the header fields are numbers');
