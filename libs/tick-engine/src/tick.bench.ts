import type { GameEvent } from '@waymark/domain';
import { ArenaFixture, randomQuest, SeededRandom } from '@waymark/testing';

import { createArena, playerAt, releaseGame } from './arena.ts';
import { createFrameContext, encodeDelta, encodeEvent, encodeFull, encodeKeyframe, stampSentAfter } from './frames.ts';
import { acceptMove, findReach } from './moves.ts';
import { projectEvent, type EventEnvelope } from './project-event.ts';
import { registerQuest } from './quest-table.ts';
import { encodeReveal } from './reveal.ts';
import { TickSchedule } from './schedule.ts';
import { SlabPool } from './slab-pool.ts';

/**
 * What the engine costs: a frame of each kind, a move, a turn of the schedule, an event replayed. Every game's rows are visited in turn, so
 * that the caches see what they see in a gateway. The checksum shows that the work was done. `--smoke` runs each a few times.
 */
const smoke = process.argv.includes('--smoke');
const GAMES = smoke ? 50 : 2_000;
const ROUNDS = smoke ? 2 : 9;
const VISITS = smoke ? 2 : 20;
const REPLAY_EVENTS = smoke ? 2_000 : 600_000;
const WAYPOINTS = smoke ? 200 : 4_200;
const NOW = 1_795_435_200_000;

let checksum = 0;

/** The median over rounds, which is what docs/performance.md quotes. */
function measure(what: string, unit: string, count: number, work: () => void): void {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    work();
    costs.push(((performance.now() - startedAt) * 1e6) / count);
  }
  costs.sort((a, b) => a - b);
  const median = costs[ROUNDS >> 1]!;
  process.stdout.write(`${what.padEnd(52)} ${median.toFixed(0).padStart(9)} ns a ${unit}\n`);
}

/** GAMES running games of one quest with `players` connected players each. */
function world(order: 'sequential' | 'free', players: number): ArenaFixture {
  const shape = { order, waypointCount: WAYPOINTS, edgeM: 20_000, radiusMaxM: 10 } as const;
  const quest = randomQuest(new SeededRandom(7), shape);
  const fixture = new ArenaFixture(quest, { gamesMax: GAMES, playersMax: GAMES * players, pool: new SlabPool() });
  for (let i = 0; i < GAMES; i++) fixture.play(`game-${i}`, players);
  return fixture;
}

type Encode = (game: number, slab: number) => number;

/** One frame for each game, handed out and let go, VISITS times. */
function measureFrames(what: string, { arena, pool }: ArenaFixture, encode: Encode): void {
  measure(what, 'frame', GAMES * VISITS, () => {
    for (let i = 0; i < GAMES * VISITS; i++) {
      const slab = pool.claim();
      checksum += encode(i % GAMES, slab);
      stampSentAfter(pool, slab, context);
      checksum += pool.message(slab)[0]!;
      pool.release(slab);
    }
  });
  if (arena.freeGames.usedCount !== GAMES) throw new Error('every game is still there');
}

const context = createFrameContext();
context.tick = 7;
context.dueAt = NOW + 0.25;
context.now = NOW + 0.75;

function measureDeltas(what: string, players: number, changed: number): void {
  const here = world('sequential', players);
  const { arena, pool } = here;
  const { dirty } = arena.players;
  measureFrames(what, here, (game, slab) => {
    // As acceptMove marks them, without its cost.
    for (let row = 0; row < changed; row++) dirty[playerAt(arena, game, row)] = 1;
    arena.games.dirtyCount[game] = changed;
    return encodeDelta(arena, game, context, pool, slab);
  });
}

function measureWholeFrames(players: number): void {
  const here = world('sequential', players);
  const { arena, pool } = here;
  measureFrames(`keyframe, ${players} players`, here, (game, slab) => encodeKeyframe(arena, game, context, pool, slab));
  measureFrames(`full, ${players} players, window of 64`, here, (game, slab) =>
    encodeFull(arena, game, playerAt(arena, game, 0), context, pool, slab),
  );
}

function measureEventFrames(): void {
  const here = world('free', 1);
  const { arena, pool } = here;
  for (let game = 0; game < GAMES; game++) here.reach(`game-${game}`, 0, 3, 10);
  measureFrames('event', here, (game, slab) => {
    arena.applied.game = game;
    return encodeEvent(arena, arena.applied, context, pool, slab);
  });
  measureFrames('reveal of one waypoint with its clue', here, (game, slab) => {
    const player = playerAt(arena, game, 0);
    arena.players.revealReset[player] = 0;
    arena.players.revealedEnd[player] = arena.players.windowEnd[player]! - 1;
    return encodeReveal(arena, player, context, pool, slab);
  });
}

function measureMoves(order: 'sequential' | 'free'): void {
  const { arena } = world(order, 1);
  const move = { sequence: 0, x: 0, y: 0, z: 0 };
  measure(`move and look for a reach, ${order}`, 'move', GAMES * VISITS, () => {
    for (let i = 0; i < GAMES * VISITS; i++) {
      const player = playerAt(arena, i % GAMES, 0);
      move.sequence += 1;
      move.x = (i % GAMES) * 9 - 9_000;
      checksum += acceptMove(arena, player, move, NOW) + findReach(arena, player);
    }
  });
}

function measureSchedule(): void {
  const schedule = new TickSchedule({ gamesMax: GAMES, periodMs: 150 });
  for (let game = 0; game < GAMES; game++) schedule.add(game);
  schedule.start(NOW);
  let turn = 0;
  measure('schedule: games found due, in turns of 1 ms', 'game', GAMES * VISITS, () => {
    for (let i = 0; i < VISITS * 150; i++) checksum += schedule.collectDue(NOW + turn++);
  });
}

/** Events are decoded already, as by the feed's consumer; nine in ten are reaches. Games end and are released, as in a replay. */
function measureReplay(): void {
  const events = replayEvents();
  const quest = randomQuest(new SeededRandom(3), { order: 'sequential', waypointCount: WAYPOINTS });
  const startedAt = performance.now();
  const arena = createArena();
  registerQuest(arena.quests, 'quest', 1, quest);
  for (const { gameId, event, envelope } of events) {
    projectEvent(arena, gameId, event, envelope);
    if (event.type === 'GameEnded') releaseGame(arena, arena.applied.game);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  checksum += arena.counts.applied;
  if (arena.counts.applied !== events.length) throw new Error('every event is applied');
  const perSecond = Math.round(events.length / seconds).toLocaleString('en');
  process.stdout.write(`${'replay of decoded events'.padEnd(52)} ${perSecond.padStart(9)} events a second\n`);
}

interface Recorded {
  readonly gameId: string;
  readonly event: GameEvent;
  readonly envelope: EventEnvelope;
}

/** The log of games that are played side by side, 200 at a time. */
function replayEvents(): Recorded[] {
  const recorded: Recorded[] = [];
  const sideBySide = 200;
  const reachesPerGame = 60;
  for (let first = 0; recorded.length < REPLAY_EVENTS; first += sideBySide) {
    const scripts = Array.from({ length: sideBySide }, (_, i) => scriptOf(`game-${first + i}`, reachesPerGame));
    for (let step = 0; step < scripts[0]!.length; step++) {
      scripts.forEach((script, i) => {
        const envelope = {
          revision: BigInt(step),
          position: BigInt(recorded.length + 1),
          created: NOW,
          metadata: { sentAt: NOW },
        };
        // Ids come out of a row of the store each time: never the same string object.
        recorded.push({ gameId: ['game', first + i].join('-'), event: script[step]!, envelope });
      });
    }
  }
  return recorded;
}

function scriptOf(gameId: string, reaches: number): GameEvent[] {
  const at = NOW;
  const playerId = '0f8fad5b-d9cb-469f-a165-7086772895ad';
  const rules = { ownerId: 'o', joinCode: null, startsAt: null, durationSeconds: 3_600, maxPlayers: 64 };
  const reached = Array.from({ length: reaches }, (_, waypoint): GameEvent => {
    const score = 10 * (waypoint + 1);
    const data = { playerId, row: 0, waypoint, place: [1, 2, 3], points: 10, score, treasure: false, at } as const;
    return { type: 'WaypointReached', data };
  });
  return [
    { type: 'GameCreated', data: { gameId, questId: 'quest', questVersion: 1, contentHash: '', ...rules, at } },
    { type: 'GameStarted', data: { at, endsAt: at + 1e9 } },
    { type: 'PlayerJoined', data: { playerId, name: 'Ada', row: 0, at } },
    ...reached,
    { type: 'GameEnded', data: { at, reason: 'time', winnerId: null } },
  ];
}

function measureRegistration(): void {
  const quest = randomQuest(new SeededRandom(5), {
    order: 'free',
    waypointCount: smoke ? 200 : 16_384,
    edgeM: 20_000,
    clueShare: 0.05,
  });
  const arena = createArena({ gamesMax: 10, playersMax: 10, idleQuestsMax: 4 });
  let version = 0;
  measure(`a quest of ${quest.waypointCount} waypoints is registered`, 'quest', 5, () => {
    for (let i = 0; i < 5; i++) checksum += registerQuest(arena.quests, 'quest', ++version, quest);
  });
}

measureDeltas('delta, nobody changed', 1, 0);
measureDeltas('delta, 1 player of 1 changed', 1, 1);
measureDeltas('delta, 1 player of 8 changed', 8, 1);
measureDeltas('delta, 8 players of 8 changed', 8, 8);
measureWholeFrames(1);
measureWholeFrames(8);
measureEventFrames();
measureMoves('sequential');
measureMoves('free');
measureSchedule();
measureRegistration();
measureReplay();
process.stdout.write(`checksum ${checksum}\n`);
