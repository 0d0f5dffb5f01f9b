import { SCHEDULE_AHEAD_SECONDS_MAX } from '@waymark/base';
import type { Actor } from '../actor.ts';
import type { CompiledQuest, QuestOrder } from '../quest/quest-content.ts';
import type { GameCommand } from './game-commands.ts';
import { decideGame, START_TOLERANCE_MS } from './game-decider.ts';
import type { GameEvent } from './game-events.ts';
import type { GameRefusal } from './game-refusals.ts';
import { evolveGame, initialGame } from './game-state.ts';

const ada: Actor = { kind: 'author', subject: 'ada' };
const bob: Actor = { kind: 'author', subject: 'bob' };
const gateway: Actor = { kind: 'gateway' };
const anyone: Actor = { kind: 'anyone' };
const player = (playerId: string, gameId = 'g1'): Actor => ({ kind: 'player', playerId, gameId });

const startedAt = 10_000;
const durationSeconds = 100;
const endsAt = startedAt + durationSeconds * 1000;
const now = 20_000;
const limits = { maxSpeed: 12, durationSeconds, maxPlayers: 8 };

/** Waypoints at x = 0, 100, 200; radius 5; points 10, 20, 30; the last is the treasure. */
const questOf = (order: QuestOrder): CompiledQuest => ({
  title: 'Three steps',
  description: '',
  order,
  limits,
  waypointCount: 3,
  places: Float32Array.of(0, 0, 0, 5, 100, 0, 0, 5, 200, 0, 0, 5),
  points: Uint16Array.of(10, 20, 30),
  treasure: Uint8Array.of(0, 0, 1),
  clues: new Map(),
  contentHash: 'sha256-x',
});
const sequential = questOf('sequential');
const free = questOf('free');

const created = (changes: Partial<Extract<GameEvent, { type: 'GameCreated' }>['data']> = {}): GameEvent => ({
  type: 'GameCreated',
  data: {
    gameId: 'g1',
    questId: 'q1',
    questVersion: 1,
    contentHash: 'sha256-x',
    ownerId: 'ada',
    joinCode: 'OPENSESAME',
    startsAt: null,
    durationSeconds,
    maxPlayers: 2,
    at: 1,
    ...changes,
  },
});
const started: GameEvent = { type: 'GameStarted', data: { at: startedAt, endsAt } };
const paused: GameEvent = { type: 'GamePaused', data: { at: 15_000 } };
const ended: GameEvent = { type: 'GameEnded', data: { at: 18_000, reason: 'operator', winnerId: null } };
const joined = (playerId: string, row: number): GameEvent => ({
  type: 'PlayerJoined',
  data: { playerId, name: playerId, row, at: 5 },
});
const left = (playerId: string, row: number): GameEvent => ({ type: 'PlayerLeft', data: { playerId, row, at: 6 } });
const reached = (waypoint: number, score: number, row = 0, playerId = 'p1'): GameEvent => ({
  type: 'WaypointReached',
  data: { playerId, row, waypoint, place: [100 * waypoint, 0, 0], points: 10, score, treasure: false, at: 7 },
});
const running: GameEvent[] = [created(), joined('p1', 0), started];

const given = (...history: GameEvent[]) => ({
  when: (command: GameCommand) => {
    const decision = decideGame(history.reduce(evolveGame, initialGame()), command);
    return {
      then: (...events: GameEvent[]) => expect(decision).toEqual({ accepted: true, events }),
      thenRefused: (refusal: GameRefusal) => expect(decision).toEqual({ accepted: false, refusal }),
    };
  },
});

type OwnerVerb = 'StartGame' | 'PauseGame' | 'ResumeGame' | 'EndGame';
const ask = (type: OwnerVerb, by: Actor = ada, at = now): GameCommand => ({ type, by, now: at });
const create = (changes: Partial<Extract<GameCommand, { type: 'CreateGame' }>> = {}): GameCommand => ({
  type: 'CreateGame',
  gameId: 'g1',
  by: ada,
  questId: 'q1',
  version: { version: 4, contentHash: 'sha256-x', limits, revision: 9 },
  joinCode: 'OPENSESAME',
  startsAt: null,
  durationSeconds: null,
  maxPlayers: null,
  room: true,
  now,
  ...changes,
});
const join = (changes: Partial<Extract<GameCommand, { type: 'JoinGame' }>> = {}): GameCommand => ({
  type: 'JoinGame',
  by: anyone,
  playerId: 'p1',
  name: 'Pia',
  joinCode: 'OPENSESAME',
  room: true,
  now,
  ...changes,
});
const leave = (by: Actor = player('p1'), at = now): GameCommand => ({ type: 'LeaveGame', by, playerId: 'p1', now: at });
const reach = (changes: Partial<Extract<GameCommand, { type: 'ReachWaypoint' }>> = {}): GameCommand => ({
  type: 'ReachWaypoint',
  by: gateway,
  playerId: 'p1',
  waypoint: 0,
  place: [3, 4, 0],
  quest: sequential,
  now,
  ...changes,
});

describe('creating', () => {
  it('takes duration and players from the quest where they are not chosen', () =>
    given()
      .when(create())
      .then(created({ questVersion: 4, maxPlayers: 8, at: now })));
  it('takes what is chosen, players up to what one frame holds', () =>
    given()
      .when(create({ durationSeconds: 7, maxPlayers: 999, joinCode: null, startsAt: now + 1 }))
      .then(
        created({ questVersion: 4, durationSeconds: 7, maxPlayers: 64, joinCode: null, startsAt: now + 1, at: now }),
      ));
  it('allows a start a little in the past and refuses one before or too far ahead', () => {
    const early = now - START_TOLERANCE_MS;
    const late = now + SCHEDULE_AHEAD_SECONDS_MAX * 1000;
    for (const startsAt of [early, late]) {
      given()
        .when(create({ startsAt }))
        .then(created({ questVersion: 4, maxPlayers: 8, startsAt, at: now }));
    }
    for (const startsAt of [early - 1, late + 1]) {
      given().when(create({ startsAt })).thenRefused({ name: 'StartOutOfRange', startsAt });
    }
  });
  it('is refused when as many games live as the system carries', () =>
    given()
      .when(create({ room: false }))
      .thenRefused({ name: 'GamesAtLimit' }));
  it('is refused where the game exists', () =>
    given(created()).when(create()).thenRefused({ name: 'GameAlreadyExists' }));
});

describe('starting', () => {
  it('sets the end by the duration', () =>
    given(created())
      .when(ask('StartGame'))
      .then({ type: 'GameStarted', data: { at: now, endsAt: now + durationSeconds * 1000 } }));
  it('may come before the time that was planned', () =>
    given(created({ startsAt: now + 5_000 }))
      .when(ask('StartGame'))
      .then({ type: 'GameStarted', data: { at: now, endsAt: now + durationSeconds * 1000 } }));
  it('is refused twice, also while paused', () => {
    given(...running)
      .when(ask('StartGame'))
      .thenRefused({ name: 'GameAlreadyStarted' });
    given(...running, paused)
      .when(ask('StartGame'))
      .thenRefused({ name: 'GameAlreadyStarted' });
  });
});

describe('pausing and resuming', () => {
  it('stops a running game', () =>
    given(...running)
      .when(ask('PauseGame'))
      .then({ type: 'GamePaused', data: { at: now } }));
  it('moves the end by the time that was paused', () =>
    given(...running, paused)
      .when(ask('ResumeGame'))
      .then({ type: 'GameResumed', data: { at: now, endsAt: endsAt + 5_000 } }));
  it('lets a pause outlast the planned end', () =>
    given(...running, paused)
      .when(ask('ResumeGame', ada, endsAt + 1))
      .then({ type: 'GameResumed', data: { at: endsAt + 1, endsAt: endsAt + (endsAt + 1 - 15_000) } }));
  it('is refused in the wrong state', () => {
    given(created()).when(ask('PauseGame')).thenRefused({ name: 'GameNotStarted' });
    given(created()).when(ask('ResumeGame')).thenRefused({ name: 'GameNotStarted' });
    given(...running, paused)
      .when(ask('PauseGame'))
      .thenRefused({ name: 'GamePaused' });
    given(...running)
      .when(ask('ResumeGame'))
      .thenRefused({ name: 'GameNotPaused' });
  });
});

describe('ending', () => {
  const byOperator: GameEvent = { type: 'GameEnded', data: { at: now, reason: 'operator', winnerId: null } };
  it('is possible before the start, while running and while paused', () => {
    given(created()).when(ask('EndGame')).then(byOperator);
    given(...running)
      .when(ask('EndGame'))
      .then(byOperator);
    given(...running, paused)
      .when(ask('EndGame'))
      .then(byOperator);
  });
  it('is refused twice', () =>
    given(...running, ended)
      .when(ask('EndGame'))
      .thenRefused({ name: 'GameOver' }));
});

describe('what only the owner may ask', () => {
  const verbs: OwnerVerb[] = ['StartGame', 'PauseGame', 'ResumeGame', 'EndGame'];
  it.each(verbs)('%s is refused to everybody else', (verb) => {
    for (const by of [bob, gateway, anyone, player('p1')]) {
      given(...running)
        .when(ask(verb, by))
        .thenRefused({ name: 'NotYourGame' });
    }
  });
  it.each(verbs)('%s is refused where there is no game', (verb) =>
    given().when(ask(verb)).thenRefused({ name: 'GameNotFound' }),
  );
  it.each(verbs)('%s is refused after the end', (verb) =>
    given(...running, ended)
      .when(ask(verb))
      .thenRefused({ name: 'GameOver' }),
  );
  it.each<OwnerVerb>(['StartGame', 'PauseGame', 'ResumeGame'])('%s is refused once the time is up', (verb) =>
    given(...running)
      .when(ask(verb, ada, endsAt))
      .thenRefused({ name: 'GameOver' }),
  );
});

describe('joining', () => {
  const asJoined = (playerId: string, row: number): GameEvent => ({
    type: 'PlayerJoined',
    data: { playerId, name: 'Pia', row, at: now },
  });

  it('needs the code, unless the game is open or its owner does it', () => {
    given(created()).when(join()).then(asJoined('p1', 0));
    given(created({ joinCode: null }))
      .when(join({ joinCode: null }))
      .then(asJoined('p1', 0));
    given(created())
      .when(join({ joinCode: null, by: ada }))
      .then(asJoined('p1', 0));
    for (const joinCode of [null, '', 'OPENSESAM', 'OPENSESAMEE', 'opensesame']) {
      given(created()).when(join({ joinCode })).thenRefused({ name: 'WrongJoinCode' });
    }
    given(created())
      .when(join({ joinCode: null, by: bob }))
      .thenRefused({ name: 'WrongJoinCode' });
  });
  it('is possible while running and while paused', () => {
    given(...running)
      .when(join({ playerId: 'p2' }))
      .then(asJoined('p2', 1));
    given(...running, paused)
      .when(join({ playerId: 'p2' }))
      .then(asJoined('p2', 1));
  });
  it('gives a player who left the old row back, also where the game is full, with the session of before instead of the code', () => {
    const history = [created(), joined('p1', 0), joined('p2', 1), left('p1', 0)];
    given(...history)
      .when(join())
      .then(asJoined('p1', 0));
    given(...history)
      .when(join({ by: player('p1'), joinCode: null }))
      .then(asJoined('p1', 0));
    for (const by of [player('p2'), player('p1', 'g2')]) {
      given(...history)
        .when(join({ by, joinCode: null }))
        .thenRefused({ name: 'WrongJoinCode' });
    }
  });
  it('counts those who left among the players', () =>
    given(created(), joined('p1', 0), joined('p2', 1), left('p1', 0))
      .when(join({ playerId: 'p3' }))
      .thenRefused({ name: 'GameFull', maxPlayers: 2 }));
  it('is refused to newcomers when the system carries no more players, and not to those who return', () => {
    given(created())
      .when(join({ room: false }))
      .thenRefused({ name: 'PlayersAtLimit' });
    given(created(), joined('p1', 0), left('p1', 0))
      .when(join({ room: false }))
      .then(asJoined('p1', 0));
  });
  it('is refused to one who is in it', () =>
    given(...running)
      .when(join())
      .thenRefused({ name: 'AlreadyJoined', row: 0 }));
  it('is refused after the end and once the time is up', () => {
    given(created(), ended).when(join()).thenRefused({ name: 'GameOver' });
    given(...running)
      .when(join({ playerId: 'p2', now: endsAt }))
      .thenRefused({ name: 'GameOver' });
  });
  it('is refused where there is no game', () => given().when(join()).thenRefused({ name: 'GameNotFound' }));
});

describe('leaving', () => {
  it('is recorded for the player, the owner and the gateway', () => {
    for (const by of [player('p1'), ada, gateway]) {
      given(...running)
        .when(leave(by))
        .then({ type: 'PlayerLeft', data: { playerId: 'p1', row: 0, at: now } });
    }
  });
  it('is refused to others', () => {
    given(...running)
      .when(leave(bob))
      .thenRefused({ name: 'NotYourGame' });
    for (const by of [player('p2'), player('p1', 'g2'), anyone]) {
      given(...running)
        .when(leave(by))
        .thenRefused({ name: 'NotThisPlayer' });
    }
  });
  it('is refused to one who is not in it', () => {
    given(created()).when(leave()).thenRefused({ name: 'PlayerNotInGame' });
    given(created(), joined('p1', 0), left('p1', 0)).when(leave()).thenRefused({ name: 'PlayerNotInGame' });
  });
  it('is refused after the end and where there is no game', () => {
    given(...running, ended)
      .when(leave())
      .thenRefused({ name: 'GameOver' });
    given().when(leave()).thenRefused({ name: 'GameNotFound' });
  });
});

describe('reaching', () => {
  const asReached = (waypoint: number, points: number, score: number, treasure = false): GameEvent => ({
    type: 'WaypointReached',
    data: { playerId: 'p1', row: 0, waypoint, place: [100 * waypoint, 0, 5], points, score, treasure, at: now },
  });
  const at = (waypoint: number): [number, number, number] => [100 * waypoint, 0, 5];

  it('gives the waypoint and adds its points, asked by the gateway, the player or the owner', () => {
    for (const by of [gateway, player('p1'), ada]) {
      given(...running)
        .when(reach({ by, place: at(0) }))
        .then(asReached(0, 10, 10));
    }
    given(...running, reached(0, 10))
      .when(reach({ waypoint: 1, place: at(1) }))
      .then(asReached(1, 20, 30));
  });
  it('ends the game in the same breath when it is a treasure', () =>
    given(...running, reached(0, 10), reached(1, 30))
      .when(reach({ waypoint: 2, place: at(2) }))
      .then(asReached(2, 30, 60, true), {
        type: 'GameEnded',
        data: { at: now, reason: 'treasure', winnerId: 'p1' },
      }));
  it('counts in three dimensions up to the radius and a centimetre', () => {
    const [x, y, z] = [3, 4, 0.5];
    given(...running)
      .when(reach({ place: [x, y, z] }))
      .thenRefused({ name: 'TooFar', distanceM: Math.sqrt(x * x + y * y + z * z), radiusM: 5 });
    expect(decideGame(running.reduce(evolveGame, initialGame()), reach({ place: [3, 4, 0.1] }))).toMatchObject({
      accepted: true,
    });
    given(...running)
      .when(reach({ place: [5.02, 0, 0] }))
      .thenRefused({ name: 'TooFar', distanceM: 5.02, radiusM: 5 });
  });
  it('takes waypoints in order where the quest is sequential', () =>
    given(...running)
      .when(reach({ waypoint: 1, place: at(1) }))
      .thenRefused({ name: 'OutOfOrder', next: 0 }));
  it('takes waypoints in any order where the quest is free', () => {
    given(...running)
      .when(reach({ waypoint: 1, place: at(1), quest: free }))
      .then(asReached(1, 20, 20));
    given(...running, reached(1, 20))
      .when(reach({ waypoint: 0, place: at(0), quest: free }))
      .then(asReached(0, 10, 30));
  });
  it('is refused twice, in either order', () => {
    given(...running, reached(0, 10))
      .when(reach())
      .thenRefused({ name: 'AlreadyReached' });
    given(...running, reached(1, 20))
      .when(reach({ waypoint: 1, quest: free }))
      .thenRefused({ name: 'AlreadyReached' });
  });
  it('keeps what each player has reached apart', () =>
    given(...running, joined('p2', 1), reached(0, 10, 1, 'p2'))
      .when(reach({ place: at(0) }))
      .then(asReached(0, 10, 10)));
  it('goes on after leaving and coming back', () =>
    given(...running, reached(0, 10), left('p1', 0), joined('p1', 0))
      .when(reach({ waypoint: 1, place: at(1) }))
      .then(asReached(1, 20, 30)));
  it('is refused for a waypoint that does not exist', () => {
    for (const waypoint of [3, -1]) {
      given(...running)
        .when(reach({ waypoint }))
        .thenRefused({ name: 'WaypointNotFound', waypointCount: 3 });
    }
  });
  it('is refused to one who is not in the game', () => {
    given(...running)
      .when(reach({ playerId: 'p9' }))
      .thenRefused({ name: 'PlayerNotInGame' });
    given(...running, left('p1', 0))
      .when(reach())
      .thenRefused({ name: 'PlayerNotInGame' });
  });
  it('is refused to others', () => {
    given(...running)
      .when(reach({ by: bob }))
      .thenRefused({ name: 'NotYourGame' });
    for (const by of [player('p2'), player('p1', 'g2'), anyone]) {
      given(...running)
        .when(reach({ by }))
        .thenRefused({ name: 'NotThisPlayer' });
    }
  });
  it('is refused unless the game runs', () => {
    given().when(reach()).thenRefused({ name: 'GameNotFound' });
    given(created(), joined('p1', 0)).when(reach()).thenRefused({ name: 'GameNotStarted' });
    given(...running, paused)
      .when(reach())
      .thenRefused({ name: 'GamePaused' });
    given(...running, ended)
      .when(reach())
      .thenRefused({ name: 'GameOver' });
  });
  it('counts until the very end and not at it, even when the scheduler is late', () => {
    given(...running)
      .when(reach({ now: endsAt - 1, place: at(0) }))
      .then({ ...asReached(0, 10, 10), data: { ...asReached(0, 10, 10).data, at: endsAt - 1 } } as GameEvent);
    given(...running)
      .when(reach({ now: endsAt }))
      .thenRefused({ name: 'GameOver' });
  });
});

describe('what the scheduler asks', () => {
  const startNow = (at: number): GameCommand => ({ type: 'StartScheduledGame', now: at });
  const endNow = (at: number): GameCommand => ({ type: 'EndGameAtTimeLimit', now: at });

  it('starts a game at its time, or later when it was down, and never early', () => {
    given(created({ startsAt: 500 }))
      .when(startNow(500))
      .then({ type: 'GameStarted', data: { at: 500, endsAt: 100_500 } });
    given(created({ startsAt: 500 }))
      .when(startNow(9_000))
      .then({ type: 'GameStarted', data: { at: 9_000, endsAt: 109_000 } });
    given(created({ startsAt: 500 }))
      .when(startNow(499))
      .thenRefused({ name: 'NotDue' });
  });
  it('ends a game at its time limit and never early', () => {
    given(...running)
      .when(endNow(endsAt))
      .then({ type: 'GameEnded', data: { at: endsAt, reason: 'time', winnerId: null } });
    given(...running)
      .when(endNow(endsAt - 1))
      .thenRefused({ name: 'NotDue' });
  });
  it('does nothing to a game that changed meanwhile', () => {
    given().when(startNow(now)).thenRefused({ name: 'NotDue' });
    given(created()).when(startNow(now)).thenRefused({ name: 'NotDue' });
    given(...running)
      .when(startNow(now))
      .thenRefused({ name: 'NotDue' });
    given(...running, paused)
      .when(endNow(endsAt))
      .thenRefused({ name: 'NotDue' });
    given(...running, ended)
      .when(endNow(endsAt))
      .thenRefused({ name: 'NotDue' });
  });
});
