import type { Log, Tracer } from '@waymark/platform';
import type { CommandTimes } from '../metrics/command-times.ts';

/** What is known of a route before any request. */
export interface WatchedRoute {
  /** "POST /games/:gameId/start". */
  readonly name: string;
  /** Null for a route that takes no command. */
  readonly times: CommandTimes | null;
  /** Null unless lines of level debug are written. */
  readonly log: Log | null;
  /** Null unless commands are traced, and this is one. */
  readonly tracer: Tracer | null;
}
