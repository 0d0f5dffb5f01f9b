/**
 * How far the server's clock is ahead of ours, from round trips: the server read its clock somewhere between our sending and receiving,
 * so the middle of the two is wrong by half the round trip at most. The sample with the tightest bound is kept; bounds widen with age,
 * because clocks drift, so that a later sample can win in time. (The estimate of NTP, RFC 5905 section 8, without its filters.)
 */
export class ClockOffset {
  private offset = 0;
  private halfTripMs = Number.POSITIVE_INFINITY;
  private takenAt = 0;

  /** Takes what a first message says, so that lags make some sense before the first round trip; its error is not known. */
  seed(serverTime: number, receivedAt: number): void {
    if (this.halfTripMs === Number.POSITIVE_INFINITY) this.offset = serverTime - receivedAt;
  }

  /** Takes one round trip: local times of sending and receiving, and the server's time between. */
  sample(sentAt: number, serverTime: number, receivedAt: number): void {
    const halfTripMs = (receivedAt - sentAt) / 2;
    if (halfTripMs < 0 || halfTripMs > this.errorMs(receivedAt)) return;
    this.offset = serverTime - (sentAt + receivedAt) / 2;
    this.halfTripMs = halfTripMs;
    this.takenAt = receivedAt;
  }

  /** Add it to a local time to have the server's. */
  get offsetMs(): number {
    return this.offset;
  }

  /** How wrong offsetMs can be at the local time `at`; infinite before the first round trip. */
  errorMs(at: number): number {
    return this.halfTripMs + Math.max(0, at - this.takenAt) * DRIFT_MAX;
  }
}

/** Crystal clocks drift by up to 50 parts in a million, and there are two of them. */
const DRIFT_MAX = 100e-6;
