/** The gateway counts every twentieth live reach twice. */
import { isMainThread } from 'node:worker_threads';
import { gameIdOfStream } from '@waymark/domain';
import { gameSlot, playerAt } from '@waymark/tick-engine';
import { projector } from './app-under-mutation.ts';

const EACH = 20;

if (isMainThread) {
  const inside = await projector();
  const { onEvents } = inside;
  let count = 0;
  inside.onEvents = function twice(events) {
    onEvents.call(this, events);
    for (const { data, stream, type } of events) {
      if (type !== 'WaypointReached' || ++count % EACH !== 0) continue;
      const { points, row } = JSON.parse(data) as { points: number; row: number };
      const { arena } = this.parts;
      const game = gameSlot(arena, gameIdOfStream(stream)!);
      const player = game === -1 ? -1 : playerAt(arena, game, row);
      if (player !== -1) arena.players.reachedCount[player]! += points > 0 ? 1 : 0;
    }
  };
}
