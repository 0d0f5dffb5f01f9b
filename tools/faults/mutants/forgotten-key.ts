/** The command app does not know a key again: each sending of a command is a new one. */
import { randomUUID } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { aggregates } from './app-under-mutation.ts';

if (isMainThread) {
  const inside = await aggregates();
  const { append } = inside;
  inside.append = function forgetting(stream, events, expectedRevision) {
    const fresh = events.map((event) => ({ ...event, id: randomUUID() }));
    return append.call(this, stream, fresh, expectedRevision);
  };
}
