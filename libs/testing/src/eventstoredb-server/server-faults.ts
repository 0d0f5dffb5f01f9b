/** What the test server can be told to do wrong. Each switch stays until it is changed; counts count down. */
export class ServerFaults {
  /** Appends that are taken and never answered: before they are written, or after. */
  swallowAppends: { when: 'before' | 'after'; count: number } = { when: 'before', count: 0 };
  /** Appends after which the connection is dropped instead of an answer: before they are written, or after. */
  dropOnAppends: { when: 'before' | 'after'; count: number } = { when: 'before', count: 0 };
  /** Batch streams are ended cleanly, without an answer, when something comes on them. */
  endBatchStreams = false;
  /** Calls that need the leader are told where it is. */
  notLeader: { host: string; port: number; count: number } | null = null;
  /** Every call is told that the server is not ready. */
  notReady = false;
  /** Every call is told that the user is refused. */
  refuseUsers = false;
  /** Subscriptions that begin while this is on, and those that there are, hear of nothing any more, and are told nothing. */
  stallSubscriptions = false;
  /** Reads are taken and never answered. */
  swallowReads = 0;
  /** Milliseconds before each read is answered. */
  slowReadMs = 0;
  /** Milliseconds before each append is taken. */
  slowAppendMs = 0;
  /** The server does not tell what it can: as before version 21.10. */
  hidesFeatures = false;
  /** Subscriptions are not told that they caught up: as before version 23.10. */
  hidesCaughtUp = false;
  version = '24.10.0';
  /** Bytes of one append, all events together. */
  appendBytesMax = 1024 * 1024;
  /** Bytes of one event: a limit of servers from 25.1 on, whose refusal the client has no name for. */
  eventBytesMax = Infinity;
}

/** Takes one from a count: whether there was one. */
export function takeOne(of: { count: number }): boolean {
  if (of.count === 0) return false;
  of.count -= 1;
  return true;
}
