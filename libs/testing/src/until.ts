const DEADLINE_MS = 10_000;
const LOOK_MS = 5;

/**
 * Waits in a test: for a condition, never for a time. Resolves to what `look` gives as soon as that is something; rejects after the deadline
 * with `what`, which may be made of what is there then.
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (performance.now() > end)
      throw new Error(`not within ${deadlineMs} ms: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
