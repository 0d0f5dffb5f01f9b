import fc from 'fast-check';
import type { Actor } from '../actor.ts';
import { decodeEvent, encodeEvent } from '../codec/event-codec.ts';
import type { CompiledQuest, QuestOrder } from '../quest/quest-content.ts';
import type { GameCommand } from './game-commands.ts';
import { decideGame } from './game-decider.ts';
import type { GameEvent } from './game-events.ts';
import { evolveGame, initialGame } from './game-state.ts';
import { ReachedSet } from './reached-set.ts';

const WAYPOINTS = 70;
const MAX_PLAYERS = 4;
const ada: Actor = { kind: 'author', subject: 'ada' };

const questOf = (order: QuestOrder): CompiledQuest => ({
  title: 'Fuzz',
  description: '',
  order,
  limits: { maxSpeed: 12, durationSeconds: 5, maxPlayers: MAX_PLAYERS },
  waypointCount: WAYPOINTS,
  places: Float32Array.from({ length: 4 * WAYPOINTS }, (_, i) => (i % 4 === 3 ? 1 : i % 4 === 0 ? 10 * (i >> 2) : 0)),
  points: Uint16Array.from({ length: WAYPOINTS }, (_, i) => 1 + i),
  treasure: Uint8Array.from({ length: WAYPOINTS }, (_, i) => (i === WAYPOINTS - 1 ? 1 : 0)),
  clues: new Map(),
  contentHash: 'h',
});

/** What a step of the fuzz asks; the time moves on by `afterMs` before it. */
interface Step {
  readonly kind: 'start' | 'pause' | 'resume' | 'end' | 'join' | 'leave' | 'reach' | 'next' | 'timeStart' | 'timeEnd';
  readonly player: number;
  readonly waypoint: number;
  readonly near: boolean;
  readonly afterMs: number;
}

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 80, arbitrary: fc.constantFrom('next' as const, 'reach' as const) },
    { weight: 20, arbitrary: fc.constantFrom('join' as const, 'leave' as const) },
    {
      weight: 10,
      arbitrary: fc.constantFrom('start' as const, 'pause' as const, 'resume' as const, 'timeStart' as const),
    },
    { weight: 10, arbitrary: fc.constantFrom('timeEnd' as const, 'start' as const) },
    // Seldom: most games should live longer than their steps.
    { weight: 1, arbitrary: fc.constant('end' as const) },
  ),
  player: fc.nat(MAX_PLAYERS + 1),
  waypoint: fc.nat(WAYPOINTS + 1),
  near: fc.boolean(),
  afterMs: fc.nat(60),
});

function commandOf(step: Step, quest: CompiledQuest, nextOf: (playerId: string) => number, now: number): GameCommand {
  const playerId = `p${step.player}`;
  switch (step.kind) {
    case 'start':
      return { type: 'StartGame', by: ada, now };
    case 'pause':
      return { type: 'PauseGame', by: ada, now };
    case 'resume':
      return { type: 'ResumeGame', by: ada, now };
    case 'end':
      return { type: 'EndGame', by: ada, now };
    case 'timeStart':
      return { type: 'StartScheduledGame', now };
    case 'timeEnd':
      return { type: 'EndGameAtTimeLimit', now };
    case 'join':
      return { type: 'JoinGame', by: ada, playerId, name: playerId, joinCode: null, room: true, now };
    case 'leave':
      return { type: 'LeaveGame', by: ada, playerId, now };
    default: {
      const waypoint = step.kind === 'next' ? nextOf(playerId) : step.waypoint;
      const place: [number, number, number] = [10 * waypoint + (step.near ? 0.5 : 2), 0, 0];
      return { type: 'ReachWaypoint', by: { kind: 'gateway' }, playerId, waypoint, place, quest, now };
    }
  }
}

/** A game kept the naive way: what each player has reached as a plain set, and the history as a list. */
function checkHistory(events: readonly GameEvent[], quest: CompiledQuest): void {
  const reachedBy = new Map<number, Set<number>>();
  const score = new Map<number, number>();
  const present = new Set<number>();
  let status = 'none';
  for (const event of events) {
    expect(status).not.toBe('ended');
    switch (event.type) {
      case 'GameCreated':
        status = 'scheduled';
        break;
      case 'GameStarted':
        expect(status).toBe('scheduled');
        status = 'running';
        break;
      case 'GamePaused':
        expect(status).toBe('running');
        status = 'paused';
        break;
      case 'GameResumed':
        expect(status).toBe('paused');
        status = 'running';
        break;
      case 'GameEnded':
        status = 'ended';
        break;
      case 'PlayerJoined':
        expect(present.has(event.data.row)).toBe(false);
        expect(event.data.row).toBeLessThan(MAX_PLAYERS);
        present.add(event.data.row);
        break;
      case 'PlayerLeft':
        expect(present.delete(event.data.row)).toBe(true);
        break;
      case 'WaypointReached': {
        const { row, waypoint, points } = event.data;
        expect(status).toBe('running');
        expect(present.has(row)).toBe(true);
        const reached = reachedBy.get(row) ?? new Set();
        expect(reached.has(waypoint)).toBe(false);
        if (quest.order === 'sequential') expect(waypoint).toBe(reached.size);
        reachedBy.set(row, reached.add(waypoint));
        score.set(row, (score.get(row) ?? 0) + points);
        expect(event.data.score).toBe(score.get(row));
        expect(event.data.points).toBe(quest.points[waypoint]);
        break;
      }
    }
  }
}

describe('a game under any sequence of commands', () => {
  it.each<QuestOrder>(['sequential', 'free'])('keeps its rules in %s order', (order) => {
    const quest = questOf(order);
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 250, size: 'max' }), (steps) => {
        const history: GameEvent[] = [];
        const state = initialGame();
        let now = 1_000;
        const ask = (command: GameCommand) => {
          const before = state.revision;
          const decision = decideGame(state, command);
          expect(state.revision).toBe(before);
          if (!decision.accepted) return;
          for (const event of decision.events) evolveGame(state, event);
          history.push(...decision.events);
        };
        ask({
          type: 'CreateGame',
          gameId: 'g',
          by: ada,
          questId: 'q',
          version: { version: 1, contentHash: 'h', limits: quest.limits, revision: 1 },
          joinCode: 'X',
          startsAt: 1_500,
          durationSeconds: null,
          maxPlayers: null,
          room: true,
          now,
        });
        const nextOf = (playerId: string) => state.players[state.rowOf.get(playerId) ?? -1]?.reached.next ?? 0;
        for (const step of steps) {
          now += step.afterMs;
          ask(commandOf(step, quest, nextOf, now));
        }

        expect(state.revision).toBe(history.length - 1);
        checkHistory(history, quest);
        const replayed = history
          .map(encodeEvent)
          .map(({ type, schemaVersion, data }) => decodeEvent(type, schemaVersion, data) as GameEvent)
          .reduce(evolveGame, initialGame());
        expect(replayed).toEqual(state);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the set of reached waypoints', () => {
  it('equals a plain set', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(70), { maxLength: 150, size: 'max' }), (waypoints) => {
        const set = new ReachedSet();
        const model = new Set<number>();
        for (const waypoint of waypoints) {
          set.add(waypoint);
          model.add(waypoint);
          let next = 0;
          while (model.has(next)) next += 1;
          expect([set.count, set.next]).toEqual([model.size, next]);
        }
        for (let i = 0; i <= 80; i++) expect(set.has(i)).toBe(model.has(i));
      }),
    );
  });
});
