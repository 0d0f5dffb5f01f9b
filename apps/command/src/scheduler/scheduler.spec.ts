import { epochMs } from '@waymark/base';
import type { GameDeadline, GameEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';
import { recordedGameEvent } from '../testing/recorded-game-event.ts';
import type { Alarm } from './alarm.ts';
import { LiveGames } from './live-games.ts';
import { Scheduler } from './scheduler.ts';

const created = (startsAt: number | null, durationSeconds = 60): GameEvent => ({
  type: 'GameCreated',
  data: {
    gameId: 'g',
    questId: 'q',
    questVersion: 1,
    contentHash: 'h',
    ownerId: 'ada',
    joinCode: null,
    startsAt,
    durationSeconds,
    maxPlayers: 2,
    at: 1,
  },
});
const started = (at: number, endsAt: number): GameEvent => ({ type: 'GameStarted', data: { at, endsAt } });
const paused = (at: number): GameEvent => ({ type: 'GamePaused', data: { at } });
const resumed = (at: number, endsAt: number): GameEvent => ({ type: 'GameResumed', data: { at, endsAt } });
const ended = (at: number): GameEvent => ({ type: 'GameEnded', data: { at, reason: 'time', winnerId: null } });

/** A scheduler whose time and timer the test turns, and whose commands the test carries out. */
class Bench {
  now = 1_000;
  alarmAt: number | null = null;
  private ring: () => void = () => {};
  readonly asked: [gameId: string, action: string, at: number][] = [];
  readonly faults: string[] = [];
  /** What a command comes to. */
  answer: (gameId: string, deadline: GameDeadline) => GameEvent | Error | null = (_, { action }) =>
    action === 'StartScheduledGame' ? started(this.now, this.now + 60_000) : ended(this.now);
  readonly scheduler: Scheduler;

  constructor() {
    const alarm: Alarm = {
      set: (at, ring) => {
        this.alarmAt = at;
        this.ring = ring;
      },
      clear: () => {
        this.alarmAt = null;
      },
    };
    this.scheduler = new Scheduler({
      liveGames: new LiveGames(),
      clock: { now: () => epochMs(this.now) },
      alarm,
      act: async (gameId, deadline) => {
        this.asked.push([gameId, deadline.action, this.now]);
        const answer = this.answer(gameId, deadline);
        if (answer instanceof Error) throw answer;
        if (answer !== null) this.happens(gameId, answer);
      },
      onFault: (gameId) => this.faults.push(gameId),
    });
  }

  happens(gameId: string, event: GameEvent): void {
    this.scheduler.observe([recordedGameEvent(gameId, event)]);
  }

  /** Lets time pass to the next alarm and past it, up to `until`. */
  async passTo(until: number): Promise<void> {
    while (this.alarmAt !== null && this.alarmAt <= until) {
      this.now = Math.max(this.now, this.alarmAt);
      this.alarmAt = null;
      this.ring();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.now = until;
  }
}

describe('the scheduler', () => {
  it('starts a game at its time and ends it at its limit', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(5_000));
    await bench.passTo(4_999);
    expect(bench.asked).toEqual([]);
    await bench.passTo(100_000);
    expect(bench.asked).toEqual([
      ['g1', 'StartScheduledGame', 5_000],
      ['g1', 'EndGameAtTimeLimit', 65_000],
    ]);
  });
  it('waits for the earliest of many, whichever came first', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    for (const [id, at] of [
      ['late', 9_000],
      ['early', 3_000],
      ['middle', 6_000],
    ] as const)
      bench.happens(id, created(at));
    bench.answer = () => null;
    expect(bench.alarmAt).toBe(3_000);
    await bench.passTo(3_500);
    expect(bench.asked.map(([id]) => id)).toEqual(['early']);
  });
  it('leaves a paused game alone, and ends it later by as long as it was paused', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(null));
    bench.happens('g1', started(1_000, 61_000));
    bench.happens('g1', paused(10_000));
    await bench.passTo(80_000);
    expect(bench.asked).toEqual([]);
    bench.happens('g1', resumed(80_000, 131_000));
    await bench.passTo(200_000);
    expect(bench.asked).toEqual([['g1', 'EndGameAtTimeLimit', 131_000]]);
  });
  it('forgets a game that was ended or started by its owner', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(5_000));
    bench.happens('g1', ended(2_000));
    bench.happens('g2', created(5_000));
    bench.happens('g2', started(2_000, 62_000));
    await bench.passTo(60_000);
    expect(bench.asked).toEqual([]);
  });
  it('catches up with what fell due while the process was down', async () => {
    const log: RecordedEvent[] = [
      recordedGameEvent('g1', created(100)),
      recordedGameEvent('g2', created(null)),
      recordedGameEvent('g2', started(10, 200)),
      recordedGameEvent('g3', created(null)),
      recordedGameEvent('g4', created(50)),
      recordedGameEvent('g4', ended(60)),
    ];
    const bench = new Bench();
    await bench.scheduler.rebuild({
      readAll: async ({ after, maxCount }) =>
        log.filter(({ position }) => position > after).slice(0, Math.min(2, maxCount)),
    });
    bench.scheduler.start();
    await bench.passTo(1_000);
    expect(bench.asked.map(([id, action]) => [id, action]).sort()).toEqual([
      ['g1', 'StartScheduledGame'],
      ['g2', 'EndGameAtTimeLimit'],
    ]);
  });
  it('gives a command again a second later when it failed or changed nothing', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(5_000));
    const answers = [new Error('store away'), null, started(7_000, 67_000)];
    bench.answer = () => answers.shift() ?? null;
    await bench.passTo(10_000);
    expect(bench.asked.map(([, , at]) => at)).toEqual([5_000, 6_000, 7_000]);
    expect(bench.faults).toEqual(['g1']);
    expect(bench.scheduler.counts).toEqual({ acted: 2, retried: 2 });
  });
  it('gives no command twice for one deadline while the first is on its way', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(5_000));
    bench.happens('g1', paused(1));
    bench.happens('g1', created(5_000));
    await bench.passTo(5_500);
    expect(bench.asked.length).toBe(1);
  });
  it('keeps no more entries than there are games to speak of', () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(null));
    for (let i = 0; i < 10_000; i++) {
      bench.happens('g1', paused(i));
      bench.happens('g1', resumed(i, 100_000 + i));
    }
    expect(bench.scheduler.waiting).toBeLessThan(1_100);
  });
  it('does nothing after it was stopped', async () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.happens('g1', created(5_000));
    await bench.scheduler.stop();
    expect(bench.alarmAt).toBeNull();
    bench.happens('g2', created(2_000));
    expect(bench.alarmAt).toBeNull();
  });
});
