/** Things to do at a time, the earliest first: a binary heap. Entries are never taken out early; whoever pops one checks whether it still holds. */
export interface Due {
  /** Epoch ms. */
  readonly at: number;
  readonly gameId: string;
}

export class DueHeap {
  private readonly entries: Due[] = [];

  get size(): number {
    return this.entries.length;
  }

  /** Time of the earliest entry; Infinity when there is none. */
  get nextAt(): number {
    return this.entries[0]?.at ?? Infinity;
  }

  push(due: Due): void {
    const { entries } = this;
    let child = entries.length;
    entries.push(due);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (entries[parent]!.at <= due.at) break;
      entries[child] = entries[parent]!;
      child = parent;
    }
    entries[child] = due;
  }

  /** Takes the earliest entry; undefined when there is none. */
  pop(): Due | undefined {
    const { entries } = this;
    const earliest = entries[0];
    const last = entries.pop();
    if (earliest === undefined || last === undefined || entries.length === 0) return earliest;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.at < entries[child]!.at) child += 1;
      if (last.at <= entries[child]!.at) break;
      entries[hole] = entries[child]!;
      hole = child;
    }
    entries[hole] = last;
    return earliest;
  }

  clear(): void {
    this.entries.length = 0;
  }
}
