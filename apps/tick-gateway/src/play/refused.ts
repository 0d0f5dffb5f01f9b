import type { CloseName } from '@waymark/protocol';
import type { CloseDetails } from './play-socket.ts';

/** Ends an admission: the socket is closed with the code of `close`, and told `message` (rules CL). */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly close: CloseName;
  readonly details: CloseDetails;

  constructor(close: CloseName, reason: string, details: CloseDetails = {}) {
    super(reason);
    this.close = close;
    this.details = details;
  }
}
