/** What is known of the disk in one second of the window. */
export interface DiskSecond {
  syncMaxMs: number;
  syncs: number;
}

/** A sync that hangs for seconds held up each of them, not only the one in which it began. `fromMs`: of the window, whose seconds these are. */
export function noteSync(
  seconds: readonly DiskSecond[],
  fromMs: number,
  sync: { readonly atMs: number; readonly tookMs: number },
): void {
  const { atMs, tookMs } = sync;
  const first = Math.max(0, Math.floor((atMs - fromMs) / 1_000));
  const last = Math.floor((atMs + tookMs - fromMs) / 1_000);
  for (const second of seconds.slice(first, Math.max(0, last + 1))) {
    second.syncs += 1;
    second.syncMaxMs = Math.max(second.syncMaxMs, tookMs);
  }
}
