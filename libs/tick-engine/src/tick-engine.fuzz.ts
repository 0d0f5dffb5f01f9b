import { HuntSimulation } from '@waymark/testing';

import { SlabPool } from './slab-pool.ts';

/**
 * The whole engine against the naive model (libs/testing/src/simulation), frames decoded with the protocol's reader and folded by its
 * client. A failure names its seed: run that one alone with FUZZ_SEED.
 */
const SEEDS = process.env['FUZZ_SEED'] === undefined ? seedsFrom(1, 12) : [Number(process.env['FUZZ_SEED'])];
const STEPS = 2_000;
const SLABS = 40;

describe('the tick engine and the naive model', () => {
  /** What happened in all runs together. */
  const met = {
    repeated: 0,
    unknownGame: 0,
    gamesRefused: 0,
    playersRefused: 0,
    slabsMissing: 0,
    ticksSkipped: 0,
    resumes: 0,
  };

  it.each(SEEDS)('agree, seed %i', (seed) => {
    const pool = new SlabPool({ slabsMax: SLABS });
    const simulation = new HuntSimulation({ seed, pool });
    simulation.run(STEPS);
    simulation.finish();
    expect(simulation.framesRead).toBeGreaterThan(100);
    const { counts } = simulation.arena;
    met.repeated += counts.repeated;
    met.unknownGame += counts.unknownGame;
    met.gamesRefused += counts.gamesRefused;
    met.playersRefused += counts.playersRefused;
    met.slabsMissing += pool.exhaustedCount;
    met.ticksSkipped += simulation.schedule.skippedCount;
    met.resumes += simulation.resumeCount;
  });

  it.each(SEEDS)('agree when released slabs are poisoned, seed %i', (seed) => {
    const simulation = new HuntSimulation({ seed, pool: new SlabPool({ slabsMax: SLABS, poison: true }) });
    simulation.run(STEPS);
    simulation.finish();
  });

  it('have met everything that may happen, in all runs together', () => {
    const wanted = SEEDS.length > 1 ? Object.entries(met) : [];
    for (const [what, count] of wanted) expect({ what, count }).not.toEqual({ what, count: 0 });
  });
});

/**
 * The design that ownership replaced: a ring of slabs in which the oldest is taken again after some time, whoever still reads it. Fine while
 * every socket keeps up.
 */
class RingWithoutOwners extends SlabPool {
  private readonly ring: number[] = [];

  override claim(): number {
    if (this.ring.length === RING_SLABS) super.release(this.ring.shift()!);
    const slab = super.claim();
    this.ring.push(slab);
    return slab;
  }

  override retain(): void {}

  override release(): void {}
}
const RING_SLABS = 30;

describe('a pool that frees slabs too early', () => {
  /** What a socket says of bytes that are not the ones it was given; the pool's own asserts know nothing of this pool's fault. */
  const brokenBytes = /a message is binary|how long the message is|at byte|follows from|what the server held/;

  it.each([true, false])('is noticed by the sockets in every run (poison %s)', (poison) => {
    for (const seed of seedsFrom(1, 20)) {
      const fault = faultOf(seed, new RingWithoutOwners({ slabsMax: SLABS, poison }));
      expect({ seed, fault }).toEqual({ seed, fault: expect.stringMatching(brokenBytes) });
    }
  });
});

/** What the simulation says of a pool; 'none' when it finds nothing wrong. */
function faultOf(seed: number, pool: SlabPool): string {
  try {
    const simulation = new HuntSimulation({ seed, pool });
    simulation.run(STEPS);
    simulation.finish();
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
