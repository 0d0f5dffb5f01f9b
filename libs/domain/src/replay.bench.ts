/**
 * How fast a log of games is decoded and folded: the pure part of a replay, without the store.
 *
 *   node --conditions=waymark-source libs/domain/src/replay.bench.ts [--smoke]
 */
import { decodeEvent, encodeEvent, evolveGame, initialGame, type EncodedEvent, type GameEvent } from './index.ts';

const GAMES = 200;
const eventCount = process.argv.includes('--smoke') ? 2_000 : 400_000;
const ROUNDS = 5;

const log: { readonly game: number; readonly encoded: EncodedEvent }[] = [];
const record = (game: number, event: GameEvent): void => void log.push({ game, encoded: encodeEvent(event) });
for (let game = 0; game < GAMES; game++)
  record(game, { type: 'PlayerJoined', data: { playerId: 'p', name: 'P', row: 0, at: 1 } });
for (let i = 0; i < eventCount; i++) {
  const waypoint = Math.floor(i / GAMES);
  const data = { playerId: 'p', row: 0, waypoint, place: [1.5, 2.25, 3] as const, points: 10, score: 10 * waypoint };
  record(i % GAMES, { type: 'WaypointReached', data: { ...data, treasure: false, at: 1_795_478_400_000 + i } });
}

let bestDecode = 0;
let bestFold = 0;
for (let round = 0; round < ROUNDS; round++) {
  const games = Array.from({ length: GAMES }, initialGame);
  const startedAt = performance.now();
  const events = log.map(
    ({ encoded: { data, schemaVersion, type } }) => decodeEvent(type, schemaVersion, data) as GameEvent,
  );
  const decodedAt = performance.now();
  for (let i = 0; i < log.length; i++) evolveGame(games[log[i]!.game]!, events[i]!);
  const foldedAt = performance.now();
  bestDecode = Math.max(bestDecode, (1000 * log.length) / (decodedAt - startedAt));
  bestFold = Math.max(bestFold, (1000 * log.length) / (foldedAt - decodedAt));
}
process.stdout.write(
  `decoded ${Math.round(bestDecode)} events/s, folded ${Math.round(bestFold)} events/s (best of ${ROUNDS} rounds)\n`,
);
