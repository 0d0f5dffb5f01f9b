/** Every game is served 5 ms late: slower than it was, and well within the promise. */
import { delayTicks, hasPlayers, onWindow } from './gateway-under-mutation.ts';

onWindow(() => delayTicks(5, hasPlayers));
