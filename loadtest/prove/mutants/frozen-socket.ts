/** One socket gets nothing any more, and stays open. */
import { onWindow, transport } from './gateway-under-mutation.ts';

const SEND_TAKEN = 0;

onWindow(() => {
  const { send, sendInOrder } = transport.prototype;
  const frozen = new WeakSet<object>();
  let isChosen = false;
  transport.prototype.send = function freezing(slab) {
    if (!isChosen) frozen.add(this);
    isChosen = true;
    return frozen.has(this) ? SEND_TAKEN : send.call(this, slab);
  };
  transport.prototype.sendInOrder = function freezing(slab) {
    return frozen.has(this) ? SEND_TAKEN : sendInOrder.call(this, slab);
  };
});
