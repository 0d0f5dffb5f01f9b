/** A Prometheus that scrapes both apps at a fixed rate while they are measured: what that costs them, and how long an answer takes. */
export class Scraper {
  private readonly answeredMs: number[] = [];
  private readonly timer: NodeJS.Timeout;
  private chars = 0;
  private failedCount = 0;

  constructor(adminUrls: readonly string[], eachMs: number) {
    this.timer = setInterval(() => {
      for (const url of adminUrls) void this.scrape(`${url}/metrics`);
    }, eachMs);
  }

  /** Ends it; what it saw. */
  close(): unknown {
    clearInterval(this.timer);
    const sorted = this.answeredMs.toSorted((a, b) => a - b);
    const [p50, max] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    return { count: sorted.length, p50Ms: p50, maxMs: max, chars: this.chars, failed: this.failedCount };
  }

  private async scrape(url: string): Promise<void> {
    const askedAt = performance.now();
    try {
      const answer = await fetch(url);
      const text = await answer.text();
      this.answeredMs.push(performance.now() - askedAt);
      this.chars += text.length;
      if (!answer.ok) this.failedCount += 1;
    } catch {
      this.failedCount += 1;
    }
  }
}
