/** One game is served 60 ms late; all others are as they were. */
import { delayTicks, hasPlayers, onWindow } from './gateway-under-mutation.ts';

let slow = -1;
onWindow(() => {
  delayTicks(60, (of, game) => {
    if (slow === -1 && hasPlayers(of, game)) slow = game;
    return game === slow;
  });
});
