import { BucketTally } from '@waymark/base';
import { LAG_BUCKETS_SECONDS, type LabelledTally } from '@waymark/platform';

/** How long commands took, from the head of the request read to the answer handed to the socket, by kind and by how they were answered. */

/** Every route that takes a command, and what the metrics call it. */
export const COMMAND_ROUTES: Readonly<Record<string, string>> = {
  'POST /quests': 'draft_quest',
  'PUT /quests/:questId': 'revise_quest',
  'POST /quests/:questId/publish': 'publish_quest',
  'POST /quests/:questId/retire': 'retire_quest',
  'POST /quests/validate': 'validate_quest',
  'POST /games': 'create_game',
  'POST /games/:gameId/start': 'start_game',
  'POST /games/:gameId/pause': 'pause_game',
  'POST /games/:gameId/resume': 'resume_game',
  'POST /games/:gameId/end': 'end_game',
  'POST /games/:gameId/players': 'join_game',
  'DELETE /games/:gameId/players/:playerId': 'leave_game',
  'POST /games/:gameId/players/:playerId/reach': 'reach_waypoint',
};

/** Times of one kind of command. Counting one makes no garbage. */
export class CommandTimes {
  readonly command: string;
  /** Answered as asked: 2xx. */
  readonly accepted = new BucketTally(LAG_BUCKETS_SECONDS);
  /** 4xx: the caller's fault, or a rule of the game. */
  readonly refused = new BucketTally(LAG_BUCKETS_SECONDS);
  /** 5xx: not decided, or not stored. */
  readonly failed = new BucketTally(LAG_BUCKETS_SECONDS);

  constructor(command: string) {
    this.command = command;
  }

  answered(status: number, seconds: number): void {
    if (status < 400) this.accepted.add(seconds);
    else if (status < 500) this.refused.add(seconds);
    else this.failed.add(seconds);
  }
}

/** By route, as in COMMAND_ROUTES. */
export type AllCommandTimes = ReadonlyMap<string, CommandTimes>;

export function createCommandTimes(): AllCommandTimes {
  return new Map(Object.entries(COMMAND_ROUTES).map(([route, command]) => [route, new CommandTimes(command)]));
}

export function commandTallies(times: AllCommandTimes): LabelledTally[] {
  return [...times.values()].flatMap(({ command, accepted, refused, failed }) => [
    { labels: { command, outcome: 'accepted' }, tally: accepted },
    { labels: { command, outcome: 'refused' }, tally: refused },
    { labels: { command, outcome: 'failed' }, tally: failed },
  ]);
}
