/** What has to be closed, in the order in which it was opened: run() closes it in the reverse order, once. */
export class ShutDown {
  private readonly steps: (() => unknown)[] = [];
  private running: Promise<void> | null = null;

  get begun(): boolean {
    return this.running !== null;
  }

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  /** A step that fails does not keep the others from being taken; the first failure is thrown at the end. */
  run(): Promise<void> {
    this.running ??= this.closeAll();
    return this.running;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
