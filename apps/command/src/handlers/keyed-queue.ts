/**
 * Runs tasks of one key one after the other, in the order in which they came, and tasks of different keys side by side. The command app
 * keys by stream, so that two commands of one game never decide on the same state.
 */
export class KeyedQueue {
  /** Keys that have a task running, each with those that wait behind it. */
  private readonly waiting = new Map<string, (() => void)[]>();
  private taskCount = 0;
  private idleListener: (() => void) | null = null;

  /** Tasks that run or wait. */
  get size(): number {
    return this.taskCount;
  }

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    this.taskCount += 1;
    const behind = this.waiting.get(key);
    if (behind === undefined) this.waiting.set(key, []);
    else await new Promise<void>((resolve) => behind.push(resolve));
    try {
      return await task();
    } finally {
      this.passOn(key);
    }
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.taskCount === 0) return;
    await new Promise<void>((resolve) => (this.idleListener = resolve));
  }

  private passOn(key: string): void {
    this.taskCount -= 1;
    const next = this.waiting.get(key)!.shift();
    if (next === undefined) this.waiting.delete(key);
    else next();
    if (this.taskCount === 0) this.idleListener?.();
  }
}
