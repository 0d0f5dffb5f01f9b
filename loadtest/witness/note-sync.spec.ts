import { noteSync, type DiskSecond } from './note-sync.ts';

const FROM_MS = 1_000_000;

function noted(...syncs: readonly (readonly [atMs: number, tookMs: number])[]): DiskSecond[] {
  const seconds = Array.from({ length: 5 }, () => ({ syncMaxMs: 0, syncs: 0 }));
  for (const [atMs, tookMs] of syncs) noteSync(seconds, FROM_MS, { atMs: FROM_MS + atMs, tookMs });
  return seconds;
}

describe('the syncs of a second', () => {
  it('are those that were under way in it, also when they began or ended in another', () => {
    expect(noted([500, 4], [900, 2_300]).map(({ syncMaxMs }) => syncMaxMs)).toEqual([2_300, 2_300, 2_300, 2_300, 0]);
    expect(noted([500, 4], [900, 2_300]).map(({ syncs }) => syncs)).toEqual([2, 1, 1, 1, 0]);
  });

  it('are those that began before the window or ended after it', () => {
    expect(noted([-1_500, 2_000], [4_500, 9_000]).map(({ syncMaxMs }) => syncMaxMs)).toEqual([2_000, 0, 0, 0, 9_000]);
  });

  it('are none of those that were over before it or began behind it', () => {
    expect(noted([-1_500, 20], [5_000, 20]).every(({ syncs }) => syncs === 0)).toBe(true);
  });
});
