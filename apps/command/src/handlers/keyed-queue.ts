/**
 * Lets those who share a key go one after the other, in the order in which they came, and those of different keys side by side. The command
 * app keys by stream, so that two commands of one game never decide on the same state. A free key costs no promise.
 */
export class KeyedQueue {
  /** Keys that are taken, each with those that wait behind; null while nobody does. */
  private readonly taken = new Map<string, (() => void)[] | null>();
  private count = 0;
  private idleListener: (() => void) | null = null;

  /** Those that have their turn or wait for it. */
  get size(): number {
    return this.count;
  }

  /** Undefined when the key is the caller's at once; otherwise resolves when it is. Each enter needs one leave, whatever comes between. */
  enter(key: string): Promise<void> | undefined {
    this.count += 1;
    const behind = this.taken.get(key);
    if (behind === undefined) {
      this.taken.set(key, null);
      return undefined;
    }
    return new Promise((resolve) => {
      if (behind === null) this.taken.set(key, [resolve]);
      else behind.push(resolve);
    });
  }

  leave(key: string): void {
    this.count -= 1;
    const next = this.taken.get(key)?.shift();
    if (next === undefined) this.taken.delete(key);
    else next();
    if (this.count === 0) this.idleListener?.();
  }

  /** Resolves when nobody has a turn or waits. */
  async idle(): Promise<void> {
    if (this.count === 0) return;
    await new Promise<void>((resolve) => (this.idleListener = resolve));
  }
}
