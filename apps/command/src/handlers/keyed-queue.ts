/**
 * Lets those who share a key go one after the other, in the order in which they came, and those of different keys side by side. The command
 * app keys by stream, so that two commands of one game never decide on the same state. A free key costs no promise.
 *
 * Keys are kept when they are free again: a Map that loses a key and gets another, 2,000 times a second, shrinks and grows its table each time,
 * and the tables of an old Map are old from the start, which only a major collection frees (160 KB/s, half of what brought one about).
 */
export class KeyedQueue {
  /** By key: FREE, TAKEN, or those that wait behind the one who has it. */
  private readonly keys = new Map<string, State>();
  private count = 0;
  private idleListener: (() => void) | null = null;

  /** Those that have their turn or wait for it. */
  get size(): number {
    return this.count;
  }

  /** Undefined when the key is the caller's at once; otherwise resolves when it is. Each enter needs one leave, whatever comes between. */
  enter(key: string): Promise<void> | undefined {
    this.count += 1;
    const state = this.keys.get(key);
    if (state === undefined || state === FREE) {
      if (state === undefined && this.keys.size >= KEYS_KEPT_MAX) this.forgetFreeKeys();
      this.keys.set(key, TAKEN);
      return undefined;
    }
    return new Promise((resolve) => {
      if (state === TAKEN) this.keys.set(key, [resolve]);
      else state.push(resolve);
    });
  }

  leave(key: string): void {
    this.count -= 1;
    const state = this.keys.get(key);
    const next = typeof state === 'object' ? state.shift() : undefined;
    if (next === undefined) this.keys.set(key, FREE);
    else next();
    if (this.count === 0) this.idleListener?.();
  }

  /** Resolves when nobody has a turn or waits. */
  async idle(): Promise<void> {
    if (this.count === 0) return;
    await new Promise<void>((resolve) => (this.idleListener = resolve));
  }

  private forgetFreeKeys(): void {
    for (const [key, state] of this.keys) if (state === FREE) this.keys.delete(key);
  }
}

const FREE = 0;
const TAKEN = 1;
type State = typeof FREE | typeof TAKEN | (() => void)[];

/** Twice the games that may be live, at about 100 bytes each. */
const KEYS_KEPT_MAX = 8_192;
