/** Frames of the last ten seconds: how many a second, and how late they were. Bounded by the frame rate; asked a few times a second. */
const WINDOW_MS = 10_000;

export interface LagSummary {
  readonly framesPerSecond: number;
  /** Milliseconds; null without frames. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly worstMs: number | null;
}

export class LagWindow {
  private readonly frames: { readonly atMs: number; readonly lagMs: number }[] = [];
  private firstAtMs: number | undefined;

  /** `atMs`: on a clock that does not go back. `lagMs` below 0 is the error of the clock offset, and no frame comes before it is due. */
  add(atMs: number, lagMs: number): void {
    this.firstAtMs ??= atMs;
    this.frames.push({ atMs, lagMs: Math.max(0, lagMs) });
    this.forget(atMs);
  }

  summary(nowMs: number): LagSummary {
    this.forget(nowMs);
    const lags = this.frames.map(({ lagMs }) => lagMs).sort((a, b) => a - b);
    const seenMs = Math.min(WINDOW_MS, Math.max(1, nowMs - (this.firstAtMs ?? nowMs)));
    return {
      framesPerSecond: (lags.length * 1000) / Math.max(seenMs, 1000),
      p50Ms: quantile(lags, 0.5),
      p99Ms: quantile(lags, 0.99),
      worstMs: lags.at(-1) ?? null,
    };
  }

  private forget(nowMs: number): void {
    while (this.frames.length > 0 && this.frames[0]!.atMs <= nowMs - WINDOW_MS) this.frames.shift();
  }
}

/** By nearest rank. */
function quantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? null;
}
