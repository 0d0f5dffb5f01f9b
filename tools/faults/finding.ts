/** One way in which a promise was broken. `rule` is the promise; docs/faults.md has a line for each. */
export type Rule =
  | 'lost'
  | 'doubled'
  | 'misplaced'
  | 'stranger'
  | 'refused-yet-there'
  | 'retry-differs'
  | 'log-order'
  | 'arena-differs'
  | 'fold-differs'
  | 'watcher'
  | 'died'
  | 'unsettled';

export interface Finding {
  readonly rule: Rule;
  readonly what: string;
}
