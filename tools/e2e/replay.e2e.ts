import { hash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DURATION_SECONDS_MAX } from '@waymark/base';
import { encodeEvent, gameStream, questStream, type GameEvent, type QuestEvent } from '@waymark/domain';
import { openSqliteEventStore, type EventStore, type NewEvent } from '@waymark/event-store';
import { checkQuestDocument, contentHash } from '@waymark/quest';
import { walk } from '../quest-generator/walk.ts';
import { Apps } from './apps.ts';
import { ask } from './http.ts';
import { Player } from './player.ts';

/**
 * A start on a long log: 200,000 events, nearly all of them reaches in games that still run, and both apps are ready within seconds. The time
 * is printed; the bound is generous, for machines that do other things too. docs/performance.md has the figure of a quiet one.
 */
const GAMES = 200;
const EVENTS_A_GAME = 1_000;
const PLAYERS = 4;
const WAYPOINTS = 4_200;
const APPEND_EVENTS = 500;
const READY_MS_MAX = 10_000;

const QUEST_ID = 'long-road';
const gameIdOf = (game: number): string => `game-of-old-${game}`;
const pointsOf = (waypoint: number): number => 1 + (waypoint % 9);
const playerOf = (row: number): string => `p${row}`;

interface Quest {
  readonly events: readonly QuestEvent[];
  readonly contentHash: string;
  readonly places: readonly number[][];
}

function longRoad(at: number): Quest {
  const places = walk(1, WAYPOINTS).map(({ x, y, z }) => [x, y, z]);
  const document = {
    title: 'A long road',
    limits: { durationSeconds: DURATION_SECONDS_MAX },
    waypoints: places.map((place, waypoint) => ({ at: place, points: pointsOf(waypoint) })),
  };
  const { content } = checkQuestDocument(JSON.stringify(document), { lint: false });
  const common = {
    questId: QUEST_ID,
    authorId: 'dev',
    content: content!,
    contentHash: contentHash(content!, (bytes) => hash('sha256', bytes, 'buffer')),
    at,
  };
  return {
    places,
    contentHash: common.contentHash,
    events: [
      { type: 'QuestDrafted', data: common },
      { type: 'QuestPublished', data: { ...common, version: 1 } },
    ],
  };
}

/** A game's events; its players take turns, so that each has reached every waypoint up to the same one, more or less. */
function gameEvents(game: number, at: number, quest: Quest): GameEvent[] {
  const created = {
    gameId: gameIdOf(game),
    questId: QUEST_ID,
    questVersion: 1,
    contentHash: quest.contentHash,
    ownerId: 'dev',
    joinCode: null,
    startsAt: null,
    durationSeconds: DURATION_SECONDS_MAX,
    maxPlayers: PLAYERS + 1,
    at,
  };
  const events: GameEvent[] = [
    { type: 'GameCreated', data: created },
    { type: 'GameStarted', data: { at, endsAt: at + DURATION_SECONDS_MAX * 1_000 } },
  ];
  for (let row = 0; row < PLAYERS; row++) {
    events.push({ type: 'PlayerJoined', data: { playerId: playerOf(row), name: `Player ${row}`, row, at } });
  }
  const scores = new Array<number>(PLAYERS).fill(0);
  for (let reach = 0; events.length < EVENTS_A_GAME; reach++) {
    const row = reach % PLAYERS;
    const waypoint = Math.floor(reach / PLAYERS);
    const points = pointsOf(waypoint);
    const score = (scores[row]! += points);
    const place = quest.places[waypoint] as [number, number, number];
    const data = { playerId: playerOf(row), row, waypoint, place, points, score, treasure: false, at };
    events.push({ type: 'WaypointReached', data });
  }
  return events;
}

async function append(store: EventStore, stream: string, events: readonly (QuestEvent | GameEvent)[]): Promise<void> {
  for (let from = 0; from < events.length; from += APPEND_EVENTS) {
    const page = events.slice(from, from + APPEND_EVENTS).map((event): NewEvent => {
      const { data, schemaVersion, type } = encodeEvent(event);
      const id = randomUUID();
      return { id, type, data, metadata: { schemaVersion, commandId: id } };
    });
    const expectedRevision = from === 0 ? 'no_stream' : BigInt(from - 1);
    const { outcome } = await store.appendToStream(stream, page, { expectedRevision });
    if (outcome !== 'committed') throw new Error(`${stream}: ${outcome}`);
  }
}

describe('a log of 200,000 events', () => {
  let apps: Apps;
  const games = new Map<string, GameEvent[]>();

  beforeAll(async () => {
    apps = await Apps.prepare();
    mkdirSync(apps.dataDir, { recursive: true, mode: 0o700 });
    const store = await openSqliteEventStore({ file: join(apps.dataDir, 'events.db') });
    const at = Date.now();
    const quest = longRoad(at);
    await append(store, questStream(QUEST_ID), quest.events);
    for (let game = 0; game < GAMES; game++) {
      const events = gameEvents(game, at, quest);
      games.set(gameIdOf(game), events);
      await append(store, gameStream(gameIdOf(game)), events);
    }
    await store.close();
  }, 120_000);
  afterAll(() => apps.dispose());

  it('is behind both apps in seconds, and everybody has the score of before', async () => {
    const startedAtMs = performance.now();
    await apps.start();
    const readyMs = performance.now() - startedAtMs;
    const eventCount = GAMES * EVENTS_A_GAME;
    process.stderr.write(`both apps ready in ${(readyMs / 1_000).toFixed(2)} s on ${eventCount} events\n`);

    for (let game = 0; game < GAMES; game += 41) {
      const gameId = gameIdOf(game);
      const scores = new Map<string, number>();
      for (const { data, type } of games.get(gameId)!) {
        if (type === 'WaypointReached') scores.set(data.playerId, (scores.get(data.playerId) ?? 0) + data.points);
      }
      const { body } = await ask(`${apps.readUrl}/games/${gameId}/scores`);
      const told = (body.scores as { playerId: string; score: number }[]).map(({ playerId, score }) => [
        playerId,
        score,
      ]);
      expect(Object.fromEntries(told)).toEqual(Object.fromEntries(scores));

      // What the ticks show comes from the arena, not from the log.
      const { client } = await Player.join(apps, { gameId, name: 'Late' });
      const shown = client.state.players.slice(0, PLAYERS).map(({ playerId, score }) => [playerId, score]);
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(scores));
      expect(client.state.revision).toBe(EVENTS_A_GAME);
      client.close();
    }
    expect(apps.errors()).toEqual([]);
    expect(readyMs).toBeLessThan(READY_MS_MAX);
  }, 60_000);
});
