import { encodeFrame, readFrame, type RevealFrame } from '@waymark/protocol';
import type { CompiledQuest } from '@waymark/domain';
import { ArenaFixture, lineQuest } from '@waymark/testing';

import { connectPlayer, playerAt } from './arena.ts';
import { encodeReveal } from './reveal.ts';
import { revealPending } from './window.ts';

class Revealing {
  readonly fixture: ArenaFixture;
  readonly player: number;

  constructor(quest: CompiledQuest) {
    this.fixture = new ArenaFixture(quest);
    this.player = playerAt(this.fixture.arena, this.fixture.play('game'), 0);
  }

  /** All frames that are to be sent now. */
  frames(): RevealFrame[] {
    const frames: RevealFrame[] = [];
    for (;;) {
      const bytes = this.next();
      if (bytes === null) return frames;
      frames.push(readFrame(bytes) as RevealFrame);
    }
  }

  next(): Uint8Array | null {
    const { arena, pool, context } = this.fixture;
    const slab = pool.claim();
    const frameBytes = encodeReveal(arena, this.player, context, pool, slab);
    const bytes = frameBytes === 0 ? null : pool.message(slab).slice(-frameBytes);
    pool.release(slab);
    return bytes;
  }

  entries(): [index: number, clue: string][] {
    return this.frames().flatMap(({ entries }) => entries.map(({ index, clue }): [number, string] => [index, clue]));
  }

  reach(waypoint: number): void {
    this.fixture.reach('game', 0, waypoint);
  }
}

describe('reveals', () => {
  it('FR6: are byte for byte what the protocol says', () => {
    const revealing = new Revealing(lineQuest(2, 'free'));
    const entries = [0, 1].map((index) => {
      return { index, x: 10 * index, y: 0, z: 0, radius: 2, points: 10, treasure: false, clue: `clue ${index}` };
    });
    const meta = { tick: 0, revision: 2, dueAt: revealing.fixture.now, sequence: 2 };
    expect(revealing.next()).toEqual(encodeFrame(meta, { kind: 'reveal', row: 0, reset: true, entries }));
  });

  it('RV1: tell 64 waypoints at first, of a sequential quest with the clue of the next one alone', () => {
    const revealing = new Revealing(lineQuest(100));
    const entries = revealing.entries();
    expect(entries).toHaveLength(64);
    expect(entries.slice(0, 2)).toEqual([
      [0, 'clue 0'],
      [1, ''],
    ]);
    expect(entries.filter(([, clue]) => clue !== '')).toHaveLength(1);
    expect(revealPending(revealing.fixture.arena, revealing.player)).toBe(false);
    expect(revealing.frames()).toEqual([]);
  });

  it('RV3: tell after a reach the clue of the new next one and the waypoint that came in', () => {
    const revealing = new Revealing(lineQuest(100));
    revealing.entries();
    revealing.reach(0);
    expect(revealing.entries()).toEqual([
      [1, 'clue 1'],
      [64, ''],
    ]);
  });

  it('RV3: of a free quest, tell the waypoint that came in with its clue; a reach beyond the window changes nothing', () => {
    const revealing = new Revealing(lineQuest(100, 'free'));
    expect(revealing.entries().filter(([, clue]) => clue !== '')).toHaveLength(64);
    revealing.reach(30);
    expect(revealing.entries()).toEqual([[64, 'clue 64']]);
    revealing.reach(80);
    expect(revealing.entries()).toEqual([]);
    revealing.reach(65);
    revealing.reach(0);
    expect(revealing.entries()).toEqual([[66, 'clue 66']]);
  });

  it('end with the quest', () => {
    const revealing = new Revealing(lineQuest(2));
    expect(revealing.entries()).toEqual([
      [0, 'clue 0'],
      [1, ''],
    ]);
    revealing.reach(0);
    expect(revealing.entries()).toEqual([[1, 'clue 1']]);
    revealing.reach(1);
    expect(revealing.entries()).toEqual([]);
  });

  it('RV2: begin anew with a connection: the first frame says to forget, even when there is nothing else to say', () => {
    const revealing = new Revealing(lineQuest(1));
    expect(revealing.frames()).toMatchObject([{ reset: true, entries: [{ index: 0, clue: 'clue 0' }] }]);
    connectPlayer(revealing.fixture.arena, revealing.player);
    expect(revealing.frames()).toMatchObject([{ reset: true, entries: [{ index: 0, clue: 'clue 0' }] }]);
    revealing.reach(0);
    connectPlayer(revealing.fixture.arena, revealing.player);
    expect(revealing.frames()).toMatchObject([{ reset: true, entries: [] }]);
  });

  it('FR6: come in several frames when the clues are long, and only the first resets', () => {
    const quest = {
      ...lineQuest(64, 'free'),
      clues: new Map(Array.from({ length: 64 }, (_, i) => [i, '灯'.repeat(500)])),
    };
    const revealing = new Revealing(quest);
    const frames = revealing.frames();
    // 1,526 bytes an entry: two of them fit.
    expect(frames.map(({ entries }) => entries.length)).toEqual(new Array(32).fill(2));
    expect(frames.map(({ reset }) => reset)).toEqual([true, ...new Array(31).fill(false)]);
    expect(frames.at(-1)!.entries.at(-1)).toMatchObject({ index: 63, clue: '灯'.repeat(500) });
  });
});
