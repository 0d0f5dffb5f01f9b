/** Every tenth tick the event loop stands still for 40 ms, as in a collection or a large synchronous piece of work. */
import { onWindow } from './gateway-under-mutation.ts';

const EACH_MS = 1_500;
const STALL_MS = 40;

onWindow(() => {
  setInterval(() => {
    for (const until = performance.now() + STALL_MS; performance.now() < until;);
  }, EACH_MS);
});
