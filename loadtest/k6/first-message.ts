/**
 * k6 begins to read a socket before it has queued its own "open", and drops what it has read until then (v2.2.0, establishConnection and queueMessage in
 * its websockets module). So on a busy machine a player now and then gets frames without the welcome before them. A server owes the welcome first (docs/protocol.md, HS5): a
 * connection whose first message is a frame is made anew, and what the last try brings is taken as the server's. No Node here: the script in k6 runs it.
 */
export const CONNECTS_MAX = 3;

/** Of one connection. */
export class FirstMessage {
  private isTaken: boolean;

  constructor(isLastTry: boolean) {
    this.isTaken = isLastTry;
  }

  /** Whether a message is to be taken; false when the welcome before it was lost. */
  takes(isText: boolean): boolean {
    this.isTaken ||= isText;
    return this.isTaken;
  }
}
