import type { GameCommand } from './game-commands.ts';
import { decideGame } from './game-decider.ts';
import type { GameEvent } from './game-events.ts';
import {
  ada,
  anyone,
  bob,
  created,
  ended,
  endsAt,
  free,
  gateway,
  join,
  joined,
  leave,
  left,
  now,
  paused,
  player,
  reach,
  reached,
  running,
} from './game-examples.ts';
import type { GameRefusal } from './game-refusals.ts';
import { evolveGame, initialGame } from './game-state.ts';

const given = (...history: GameEvent[]) => ({
  when: (command: GameCommand) => {
    const decision = decideGame(history.reduce(evolveGame, initialGame()), command);
    return {
      then: (...events: GameEvent[]) => expect(decision).toEqual({ accepted: true, events }),
      thenRefused: (refusal: GameRefusal) => expect(decision).toEqual({ accepted: false, refusal }),
    };
  },
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
  it('gives a player who left the old row back, also where the game is full, by the session of before or by the owner', () => {
    const history = [created(), joined('p1', 0), joined('p2', 1), left('p1', 0)];
    for (const by of [player('p1'), ada]) {
      given(...history)
        .when(join({ by, joinCode: null }))
        .then(asJoined('p1', 0));
    }
    for (const by of [player('p2'), player('p1', 'g2')]) {
      given(...history)
        .when(join({ by, joinCode: null }))
        .thenRefused({ name: 'WrongJoinCode' });
    }
  });
  it('gives the row of a player who left to nobody else, with the code or in an open game', () => {
    const past: GameEvent[] = [joined('p1', 0), left('p1', 0)];
    for (const by of [anyone, player('p2'), player('p1', 'g2'), bob, gateway]) {
      given(created(), ...past)
        .when(join({ by }))
        .thenRefused({ name: 'AlreadyJoined', row: 0 });
      given(created({ joinCode: null }), ...past)
        .when(join({ by, joinCode: null }))
        .thenRefused({ name: 'AlreadyJoined', row: 0 });
    }
  });
  it('folds the returns of older logs, whoever asked for them', () => {
    const state = [created(), joined('p1', 0), left('p1', 0), joined('p1', 0)].reduce(evolveGame, initialGame());
    expect(state.players).toMatchObject([{ playerId: 'p1', present: true }]);
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
      .when(join({ room: false, by: player('p1') }))
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
