/** A wait before something is tried again, that can be ended early. One at a time. */
export class Pause {
  private end: (() => void) | undefined;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.end = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.end = end;
    });
  }

  /** Nothing happens when nobody waits. */
  wake(): void {
    this.end?.();
  }
}
