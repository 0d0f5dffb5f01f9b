import { SCHEDULE_AHEAD_SECONDS_MAX } from '@waymark/base';
import type { GameCommand } from './game-commands.ts';
import { decideGame, START_TOLERANCE_MS } from './game-decider.ts';
import type { GameEvent } from './game-events.ts';
import {
  ada,
  anyone,
  ask,
  bob,
  create,
  created,
  durationSeconds,
  ended,
  endsAt,
  gateway,
  now,
  paused,
  player,
  running,
  type OwnerVerb,
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
