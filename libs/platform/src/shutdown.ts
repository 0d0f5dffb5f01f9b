/**
 * The end of a process: once, in order, within a deadline. Signals and the death of the parent (its IPC channel closes) lead to the same `stop`.
 * Called through runApp by both apps, directly by tools.
 */
export interface ShutdownOptions {
  /** Finishes what was taken and lets go of everything. The process ends with process.exitCode, 0 unless `stop` sets it. */
  readonly stop: (reason: string) => Promise<void>;
  /** After this the process ends whatever is still open, with exit code 1. */
  readonly deadlineMs: number;
  /** One sentence when the deadline passes or `stop` fails. */
  readonly complain: (sentence: string, error?: unknown) => void;
  /**
   * Ctrl-C and the end of a terminal reach the whole group. A parent that stops its children in order answers for them: they leave both to it. Default: false.
   */
  readonly isSupervised?: boolean;
}

/** Further signals while it stops change nothing: a terminal sends Ctrl-C to a whole group, npm passes it on once more. */
export function onShutdown(options: ShutdownOptions): void {
  const { complain, deadlineMs, isSupervised = false, stop } = options;
  let stopping = false;
  const begin = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    const late = setTimeout(() => {
      complain(`not stopped after ${deadlineMs} ms, ending anyway`);
      process.exit(1);
    }, deadlineMs);
    stop(reason).then(
      () => {
        clearTimeout(late);
        process.exit();
      },
      (error: unknown) => {
        complain('stopping failed', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', begin);
  if (!isSupervised) process.on('SIGINT', begin);
  else for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  // Whoever was started with a channel has `send`; the other end may have gone while our modules were still loading.
  if (process.send === undefined) return;
  const orphaned = (): void => begin('the process that started this one is gone');
  if (process.connected) process.once('disconnect', orphaned);
  else orphaned();
}
