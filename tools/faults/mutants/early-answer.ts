/** The command app answers half a second before the append is on the disk. Right in every answer, until it is killed. */
import { isMainThread } from 'node:worker_threads';
import { aggregates } from './app-under-mutation.ts';

const LATE_MS = 500;
/** As it should be, so that the run can begin. */
const FIRST_APPENDS = 20;

if (isMainThread) {
  const inside = await aggregates();
  const { append } = inside;
  let count = 0;
  let position = -1n;
  inside.append = async function early(stream, events, expectedRevision) {
    const isQuestion = typeof expectedRevision === 'bigint' && expectedRevision >= 2n ** 62n;
    if (isQuestion || (count += 1) <= FIRST_APPENDS) return append.call(this, stream, events, expectedRevision);
    if (position === -1n) {
      const last = await this.store.lastPosition();
      if (position === -1n) position = last;
    }
    position += BigInt(events.length);
    setTimeout(() => void append.call(this, stream, events, expectedRevision).catch(() => {}), LATE_MS);
    const before = typeof expectedRevision === 'bigint' ? expectedRevision : -1n;
    return { outcome: 'committed', revision: before + BigInt(events.length), position, repeated: false };
  };
}
