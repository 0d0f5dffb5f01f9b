import { setTimeout as sleep } from 'node:timers/promises';
import { AuthorClient, ProblemError } from '@waymark/client';
import type { Point } from '../demo/walk.ts';
import { Apps } from './apps.ts';
import { ask, until } from './http.ts';
import { Player } from './player.ts';

/** The main job over the built apps: an author's quest becomes a game that two players play, from the draft to the last score. */
const PLACES: readonly Point[] = [
  [0, 0, 0],
  [3, 0, 0],
  [6, 1, 0],
  [6, 4, 1],
  [3, 5, 1],
  [0, 5, 0],
];
const TREASURE = PLACES.length - 1;

const DOCUMENT = `{
  "title": "Round the pond",
  "limits": { "maxSpeed": 12, "maxPlayers": 4 },
  "defaults": { "radius": 1, "points": 10 },
  "waypoints": [
    { "at": [0, 0, 0], "clue": "Where the boats lie." },
    [3, 0, 0],
    { "at": [6, 1, 0], "points": 20, "clue": "Look up." },
    [6, 4, 1],
    [3, 5, 1],
    { "at": [0, 5, 0], "points": 50, "treasure": true }
  ]
}`;
const DOCUMENT_WITH_FAULT = DOCUMENT.replace('"points": 20', '"point": 20');
const START_AHEAD_MS = 1_500;

describe('a hunt', () => {
  let apps: Apps;
  let author: AuthorClient;
  const players: Player[] = [];

  beforeAll(async () => {
    apps = await Apps.start();
    author = new AuthorClient({ commandUrl: apps.commandUrl, token: apps.token });
  }, 60_000);
  afterAll(async () => {
    for (const { client } of players) client.close();
    await apps.dispose();
  });

  const joined = async (request: Parameters<typeof Player.join>[1]): Promise<Player> => {
    const player = await Player.join(apps, request);
    players.push(player);
    return player;
  };
  const read = async (path: string) => {
    const { body, status } = await ask(apps.readUrl + path);
    expect({ path, status }).toEqual({ path, status: 200 });
    return body;
  };
  const published = async (document: string | object): Promise<string> => {
    const { questId } = await author.draft(document);
    await author.publish(questId);
    return questId;
  };
  /** What each player scored: as the read API says, and added up from the events that it lists. */
  const scores = async (gameId: string) => {
    const told = (await read(`/games/${gameId}/scores`)).scores as { playerId: string; score: number }[];
    const { events } = await read(`/games/${gameId}/events`);
    const folded: Record<string, number> = {};
    for (const { data, type } of events as { type: string; data: { playerId: string; points: number } }[]) {
      if (type === 'PlayerJoined') folded[data.playerId] ??= 0;
      if (type === 'WaypointReached') folded[data.playerId]! += data.points;
    }
    return { told: Object.fromEntries(told.map(({ playerId, score }) => [playerId, score])), folded };
  };

  it('goes from a draft with a fault, over its start at a set time, to the treasure and the last score', async () => {
    // The author is told the place of the fault, mends it, and publishes.
    const refusal = await author.draft(DOCUMENT_WITH_FAULT).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProblemError);
    const faulty = refusal as ProblemError;
    expect([faulty.status, faulty.problem]).toEqual([422, 'invalid-quest']);
    const place = { pointer: '/waypoints/2/point', line: 8, column: 24, code: 'unknown-field' };
    expect(faulty.errors).toMatchObject([place]);
    expect(await author.validate(DOCUMENT_WITH_FAULT)).toMatchObject({ valid: false, errorCount: 1, errors: [place] });
    expect(await author.validate(DOCUMENT)).toMatchObject({
      valid: true,
      errors: [],
      stats: { waypointCount: PLACES.length },
    });
    const { etag, questId } = await author.draft(DOCUMENT);
    await author.revise(questId, DOCUMENT.replace('the pond', 'the mill pond'), etag);
    const version = await author.publish(questId);
    expect(await read(`/quests/${questId}`)).toMatchObject({
      title: 'Round the mill pond',
      latestVersion: 1,
      contentHash: version.contentHash,
    });

    // Two players, before the game has started: one has the code, one is joined by the operator.
    const startsAt = Date.now() + START_AHEAD_MS;
    const { gameId, joinCode } = await author.createGame({ questId, startsAt });
    expect(joinCode).toMatch(/^[0-9A-Z]{8}$/);
    const outside = new Player(apps);
    await expect(outside.client.join({ gameId, name: 'Eve' })).rejects.toMatchObject({ problem: 'wrong-join-code' });
    const ada = await joined({ gameId, name: 'Ada', playerId: 'ada', joinCode: joinCode! });
    const bob = await joined({ gameId, name: 'Bob', playerId: 'bob', token: apps.token });
    expect(ada.client.state.status).toBe('scheduled');
    for (const player of [ada, bob]) {
      const started = await player.told(({ type }) => type === 'GameStarted', 'the game starts by itself');
      expect(started.at).toBeGreaterThanOrEqual(startsAt);
      expect(started.at).toBeLessThan(startsAt + 1_000);
      expect(player.client.state).toMatchObject({ status: 'running', startedAt: started.at });
    }

    // They walk; the gateway sees where they are and reaches for them. Each sees the other.
    await bob.walkTo(PLACES[0]!);
    await bob.reached(bob.row, 0);
    await bob.walkTo([1.5, 0.5, 0.25]);
    const bobSeenByAda = () => ada.client.state.players[bob.row]!;
    await until(
      () => bobSeenByAda().moveSequence === bob.client.self!.moveSequence,
      () => `Ada sees Bob at ${JSON.stringify(bobSeenByAda())}`,
    );
    expect(bobSeenByAda()).toMatchObject({ name: 'Bob', connected: true, placed: true, x: 1.5, y: 0.5, z: 0.25 });
    for (const [waypoint, goal] of PLACES.entries()) {
      await ada.walkTo(goal);
      const seen = await Promise.all([ada.reached(ada.row, waypoint), bob.reached(ada.row, waypoint)]);
      expect(seen[0].revision).toBe(seen[1].revision);
      if (waypoint < TREASURE) {
        await until(
          () => ada.client.state.window.has(waypoint + 1) && ada.client.self!.nextWaypoint === waypoint + 1,
          () => `waypoint ${waypoint + 1} is revealed`,
        );
      }
      if (waypoint === 1) expect(ada.client.state.window.get(2)?.clue).toBe('Look up.');
    }

    // The treasure ends it, for everybody and everywhere alike.
    for (const player of [ada, bob]) {
      expect(await player.told(({ type }) => type === 'GameEnded', 'the treasure ends the game')).toMatchObject({
        reason: 'treasure',
        row: ada.row,
        playerId: 'ada',
      });
      const revisions = player.events.map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.map((_, index) => revisions[0]! + index));
      // The last step of a walk may come when the treasure is found already; nobody was too fast.
      expect(player.errors.filter(({ code }) => code !== 'game-not-running')).toEqual([]);
    }
    const expected = { ada: 110, bob: 10 };
    for (const { client } of [ada, bob]) {
      const inFrames = client.state.players.map(({ playerId, score }) => [playerId, score]);
      expect(Object.fromEntries(inFrames)).toEqual(expected);
      expect(client.state.status).toBe('ended');
    }
    expect(await scores(gameId)).toEqual({ told: expected, folded: expected });
    expect(await read(`/games/${gameId}`)).toMatchObject({
      status: 'ended',
      endReason: 'treasure',
      winnerId: 'ada',
      playerCount: 2,
    });
    for (const player of [ada, bob]) {
      await until(
        () => player.closed !== null,
        () => 'the sockets of an ended game are closed',
      );
      expect(player.closed).toMatchObject({ code: 4503 });
      expect(player.drops).toEqual([]);
      expect(player.frameCount).toBeGreaterThan(player.events.length + 10);
    }
    expect(apps.errors()).toEqual([]);
  });

  it('in free order can be paused and resumed, and ends by its time limit', async () => {
    const questId = await published({
      title: 'Three stones',
      order: 'free',
      defaults: { radius: 1, points: 5 },
      waypoints: [[0, 0, 0], { at: [2, 0, 0], points: 7 }, [4, 0, 0]],
    });
    const { gameId, joinCode } = await author.createGame({ questId, open: true, durationSeconds: 2 });
    expect(joinCode).toBeNull();
    const cleo = await joined({ gameId, name: 'Cleo', playerId: 'cleo' });
    const dan = await joined({ gameId, name: 'Dan', playerId: 'dan' });
    expect(cleo.client.state.window.size).toBe(3);
    await author.start(gameId);
    const started = await cleo.told(({ type }) => type === 'GameStarted', 'the game starts');
    expect(started.endsAt - started.at).toBe(2_000);
    await cleo.walkTo([4, 0, 0]);
    await cleo.reached(cleo.row, 2);

    // While it is paused nobody moves and nothing is reached, and the clock of the game stands still.
    await author.pause(gameId);
    const paused = await dan.told(({ type }) => type === 'GamePaused', 'the game is paused');
    await until(
      () => dan.client.state.status === 'paused',
      () => dan.client.state.status,
    );
    dan.client.move(0, 0, 0);
    await until(
      () => dan.errors.length > 0,
      () => 'a move in a paused game is refused',
    );
    expect(dan.errors).toMatchObject([{ code: 'game-not-running', temporary: true }]);
    await expect(dan.client.reach(0, [0, 0, 0])).rejects.toMatchObject({ status: 409, problem: 'game-paused' });
    await sleep(500);
    await author.resume(gameId);
    const resumed = await cleo.told(({ type }) => type === 'GameResumed', 'the game goes on');
    expect(resumed.endsAt - started.endsAt).toBe(resumed.at - paused.at);
    expect(resumed.at - paused.at).toBeGreaterThanOrEqual(500);
    expect(cleo.client.state).toMatchObject({ status: 'running', endsAt: resumed.endsAt });
    await dan.walkTo([2, 0, 0]);
    await dan.reached(dan.row, 1);

    const ended = await cleo.told(({ type }) => type === 'GameEnded', 'the game ends by its time limit');
    expect(ended).toMatchObject({ reason: 'time', row: null });
    expect(ended.at).toBeGreaterThanOrEqual(resumed.endsAt);
    expect(ended.at).toBeLessThan(resumed.endsAt + 1_000);
    const expected = { cleo: 5, dan: 7 };
    expect(await scores(gameId)).toEqual({ told: expected, folded: expected });
    expect(await read(`/games/${gameId}`)).toMatchObject({ status: 'ended', endReason: 'time', winnerId: null });
    await until(
      () => cleo.closed !== null && dan.closed !== null,
      () => 'the sockets are closed',
    );
    expect([cleo.closed!.code, dan.closed!.code]).toEqual([4503, 4503]);
    expect(apps.errors()).toEqual([]);
  });
});
