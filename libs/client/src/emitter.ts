/** Typed events. Listeners are called in the order in which they were added; one that throws ends the emit, as a thrown error should. */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  private readonly listeners: { [Name in keyof Events]?: ((...values: Events[Name]) => void)[] } = {};

  /** Adds a listener and returns the function that takes it away again. */
  on<Name extends keyof Events>(name: Name, listener: (...values: Events[Name]) => void): () => void {
    // A copy on every change, so that a listener may add or take away others while it is called.
    this.listeners[name] = [...(this.listeners[name] ?? []), listener];
    return () => {
      const at = this.listeners[name]?.indexOf(listener) ?? -1;
      if (at >= 0) this.listeners[name] = this.listeners[name]!.filter((_, i) => i !== at);
    };
  }

  /** As `on`, for one call. */
  once<Name extends keyof Events>(name: Name, listener: (...values: Events[Name]) => void): () => void {
    const off = this.on(name, (...values) => {
      off();
      listener(...values);
    });
    return off;
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    const listeners = this.listeners[name];
    if (listeners === undefined) return;
    for (const listener of listeners) listener(...values);
  }
}
