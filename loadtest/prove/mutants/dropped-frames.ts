/** Of fifty state frames one is never written, though the gateway thinks so. */
import { onWindow, transport } from './gateway-under-mutation.ts';

const SEND_TAKEN = 0;

onWindow(() => {
  const { send } = transport.prototype;
  let count = 0;
  transport.prototype.send = function dropping(slab) {
    count += 1;
    return count % 50 === 0 ? SEND_TAKEN : send.call(this, slab);
  };
});
