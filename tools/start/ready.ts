/** Waits for a health address to say yes. */
const ASK_AGAIN_MS = 40;
const ANSWER_MS = 1_000;

/** Settles when `url` answers 200; false when `signal` aborted before. Never rejects. */
export async function readyAt(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
      await answer.arrayBuffer();
      if (answer.ok) return true;
    } catch {
      // Nobody listens yet.
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
  return false;
}
