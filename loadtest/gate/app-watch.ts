import { systemClock } from '@waymark/platform';
import { usageOf, type AppProcess } from '../companion/apps-under-test.ts';
import type { AppEvidence, AppName, AppSample, Scrape } from '../judge/evidence.ts';
import { readScrape } from '../judge/scrape.ts';

/** One app through the window: its own counters at both ends, memory and collections each second in between. */
const EACH_MS = 1_000;
const ANSWER_WITHIN_MS = 4_000;

export class AppWatch {
  private readonly app: AppName;
  private readonly process: AppProcess;
  private readonly metricsUrl: string;
  private readonly samples: AppSample[] = [];
  private before: Promise<Scrape | null> = Promise.resolve(null);
  private after: Promise<Scrape | null> = Promise.resolve(null);
  private timer: NodeJS.Timeout | undefined;
  private collections = 0;

  constructor(app: AppName, process: AppProcess, adminUrl: string) {
    this.app = app;
    this.process = process;
    this.metricsUrl = `${adminUrl}/metrics`;
  }

  /** The first scrape of a process compiles what makes the text, for some ten milliseconds; Prometheus has done that long before a player looks. */
  warmUp(): void {
    void scrape(this.metricsUrl);
  }

  begin(): void {
    this.before = scrape(this.metricsUrl);
    this.collections = this.process.collectionCount;
    this.timer = setInterval(() => this.sample(), EACH_MS);
  }

  end(): void {
    this.sample();
    clearInterval(this.timer);
    this.after = scrape(this.metricsUrl);
  }

  /** Whatever happened: a timer would keep the process. */
  stop(): void {
    clearInterval(this.timer);
  }

  async evidence(): Promise<AppEvidence> {
    return { app: this.app, before: await this.before, after: await this.after, samples: this.samples };
  }

  private sample(): void {
    const { pauseMs, pauseMsMax } = this.process.collectionsSince(this.collections);
    this.collections = this.process.collectionCount;
    try {
      this.samples.push({
        atMs: systemClock.now(),
        rssBytes: usageOf(this.process.pid).rssBytes,
        gcPauseMs: pauseMs,
        gcPauseLongestMs: pauseMsMax,
      });
    } catch {
      // It has ended, which the endings tell; what it uses that nobody can read, the watch of the CPU does.
    }
  }
}

async function scrape(url: string): Promise<Scrape | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return answer.ok ? readScrape(await answer.text(), systemClock.now()) : null;
  } catch {
    return null;
  }
}
