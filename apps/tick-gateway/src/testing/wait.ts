/** Waiting in tests: for a condition, with a deadline, never for a time. */
const DEADLINE_MS = 10_000;
const LOOK_MS = 5;

/** Resolves to what `look` returns as soon as that is not null or false; rejects with `what` after the deadline. */
export async function until<T>(
  what: string,
  look: () => T | null | false | Promise<T | null | false>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
