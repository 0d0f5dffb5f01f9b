import { Problem } from '@waymark/platform';

/** One page of a list that is kept in order of creation. */
export interface PageRequest<Entry> {
  readonly limit: number;
  /** Id of the last entry of the page before; null for the first page. */
  readonly after: string | null;
  readonly idOf: (entry: Entry) => string;
}

export interface Page<Entry> {
  readonly page: readonly Entry[];
  /** What to ask for next as `after`; null when there is no more. */
  readonly next: string | null;
}

/** Throws Problem when the entry named by `after` is gone: an empty page would look like the end of the list. */
export function takePage<Entry>(
  entries: Iterable<Entry>,
  { limit, after, idOf }: PageRequest<Entry>,
  isWanted: (entry: Entry) => boolean,
): Page<Entry> {
  const page: Entry[] = [];
  let isPast = after === null;
  for (const entry of entries) {
    if (!isPast) isPast = idOf(entry) === after;
    else if (isWanted(entry)) {
      if (page.length === limit) return { page, next: idOf(page.at(-1)!) };
      page.push(entry);
    }
  }
  if (isPast) return { page, next: null };
  const detail = 'after is the next of an earlier page; that entry is not listed any more, begin again';
  throw new Problem('invalid-request', 'the query breaks a rule', {
    errors: [{ parameter: 'after', code: 'invalid-parameter', detail }],
  });
}
