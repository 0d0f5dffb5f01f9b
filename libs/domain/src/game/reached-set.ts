/**
 * The waypoints that one player has reached. Hunts are walked from the front, mostly, so the set is a count of how many are reached
 * without a gap, and bits only for those beyond it: a sequential hunt of 16,384 waypoints costs one number a player.
 */
export class ReachedSet {
  /** All waypoints below this are reached, this one is not. */
  private prefix = 0;
  /** Bits of reached waypoints at or above `prefix`; bit w of word w >> 5. */
  private beyond: Uint32Array | null = null;
  private total = 0;

  /** How many are reached. */
  get count(): number {
    return this.total;
  }

  /** The lowest that is not reached. */
  get next(): number {
    return this.prefix;
  }

  has(waypoint: number): boolean {
    return waypoint < this.prefix || this.hasBit(waypoint);
  }

  add(waypoint: number): void {
    if (this.has(waypoint)) return;
    this.total += 1;
    if (waypoint !== this.prefix) {
      this.setBit(waypoint);
      return;
    }
    this.prefix += 1;
    while (this.hasBit(this.prefix)) this.prefix += 1;
    if (this.total === this.prefix) this.beyond = null;
  }

  private hasBit(waypoint: number): boolean {
    const words = this.beyond;
    if (words === null) return false;
    const word = waypoint >>> 5;
    return word < words.length && (words[word]! & (1 << (waypoint & 31))) !== 0;
  }

  private setBit(waypoint: number): void {
    const word = waypoint >>> 5;
    if (this.beyond === null || word >= this.beyond.length) {
      const grown = new Uint32Array(Math.max(word + 1, 2 * (this.beyond?.length ?? 0)));
      if (this.beyond !== null) grown.set(this.beyond);
      this.beyond = grown;
    }
    this.beyond[word]! |= 1 << (waypoint & 31);
  }
}
