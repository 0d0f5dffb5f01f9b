/**
 * The gateway loses an event where its feed goes over from the store to the bell: the first that comes when it has caught up, and a later event of the same game
 * is taken for the next one, as if there were no hole.
 */
import { isMainThread } from 'node:worker_threads';
import { projector } from './app-under-mutation.ts';

if (isMainThread) {
  const inside = await projector();
  const { onEvents } = inside;
  const lostIn = new Map<string, bigint>();
  inside.onEvents = function losing(events) {
    const kept = events.filter(({ revision, stream, type }) => {
      if (!this.caughtUp || lostIn.size > 0 || type !== 'WaypointReached') return true;
      lostIn.set(stream, revision);
      return false;
    });
    onEvents.call(
      this,
      kept.map((event) => {
        const lost = lostIn.get(event.stream);
        return lost === undefined || event.revision < lost ? event : { ...event, revision: event.revision - 1n };
      }),
    );
  };
}
