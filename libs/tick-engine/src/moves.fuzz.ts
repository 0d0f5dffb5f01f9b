import { PLAYER_PLACED } from '@waymark/protocol';
import { ArenaFixture, randomQuest, SeededRandom } from '@waymark/testing';

import { playerAt } from './arena.ts';
import { findReach } from './moves.ts';
import { isReached, nextUnreached } from './reached-set.ts';

/** The search by index against a look at every waypoint, in quests of thousands, flat and tall, with circles that overlap and that do not. */
describe('free order: the waypoint that a player stands in', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))('is the one that a full scan finds, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const edgeM = random.pick([50, 2_000, 100_000]);
    const quest = randomQuest(random, {
      order: 'free',
      waypointCount: 1 + random.integer(5_000),
      edgeM,
      radiusMaxM: random.pick([1, 30, 400]),
    });
    // On some maps the waypoints lie along one axis, or all at one place.
    const flat = random.pick([[], [0], [0, 1], [0, 1, 2]]);
    for (const axis of flat) for (let i = 0; i < quest.waypointCount; i++) quest.places[4 * i + axis] = -3.5;
    const fixture = new ArenaFixture(quest);
    const { arena } = fixture;
    const { players } = arena;
    const player = playerAt(arena, fixture.play('game'), 0);
    players.flags[player]! |= PLAYER_PLACED;
    let foundCount = 0;
    for (let step = 0; step < 300; step++) {
      const near = 4 * random.integer(quest.waypointCount);
      const reachM = 2 * quest.places[near + 3]!;
      players.x[player] = quest.places[near]! + (random.fraction() - 0.5) * reachM;
      players.y[player] = quest.places[near + 1]! + (random.fraction() - 0.5) * reachM;
      players.z[player] = quest.places[near + 2]! + (random.fraction() - 0.5) * reachM;
      const found = findReach(arena, player);
      expect(found).toBe(fullScan(fixture, quest.places, player));
      if (found === -1) continue;
      foundCount += 1;
      fixture.reach('game', 0, found);
      checkNextUnreached(fixture, player, random.integer(quest.waypointCount + 1), quest.waypointCount);
    }
    expect(foundCount).toBeGreaterThan(0);
  });
});

function fullScan({ arena }: ArenaFixture, places: Float32Array, player: number): number {
  const { x, y, z } = arena.players;
  for (let i = 0; i < places.length / 4; i++) {
    const squared =
      (places[4 * i]! - x[player]!) ** 2 +
      (places[4 * i + 1]! - y[player]!) ** 2 +
      (places[4 * i + 2]! - z[player]!) ** 2;
    if (squared <= places[4 * i + 3]! ** 2 && !isReached(arena, player, i)) return i;
  }
  return -1;
}

function checkNextUnreached({ arena }: ArenaFixture, player: number, from: number, end: number): void {
  let wanted = from;
  while (wanted < end && isReached(arena, player, wanted)) wanted += 1;
  expect(nextUnreached(arena, player, from, end)).toBe(wanted);
}
