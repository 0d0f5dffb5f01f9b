import type { CommandTally } from '../metrics/command-tally.ts';
import { LAG_BUCKETS_SECONDS, type Metrics } from '@waymark/platform';
import type { Services } from './services.ts';

/** What Prometheus is told of the command app. All pulled: nothing is counted here. */
export function registerMetrics(metrics: Metrics, services: Services): void {
  const { games, liveGames, quests, questWorker, scheduler, tally } = services;
  const count = (name: string, help: string, read: () => number) => metrics.counter({ name, help, read });
  const gauge = (name: string, help: string, read: () => number) => metrics.gauge({ name, help, read });

  metrics.counter({
    name: 'waymark_commands_total',
    help: 'Commands by how they ended: appended, refused by a rule, repeated (an earlier outcome told again), or not decided.',
    label: 'outcome',
    read: () => commandOutcomes(tally),
  });
  count('waymark_events_appended_total', 'Events that were committed.', () => tally.events);
  count(
    'waymark_append_conflicts_total',
    'Appends that met another revision and were decided again.',
    () => tally.conflicts,
  );
  count(
    'waymark_append_unknown_total',
    'Appends that the store did not answer and that were asked again.',
    () => tally.unknown,
  );
  metrics.tally({
    name: 'waymark_append_seconds',
    help: 'From asking the event store to its durable answer.',
    edges: LAG_BUCKETS_SECONDS,
    read: () => ({ counts: tally.appendCounts, sum: tally.appendSeconds }),
  });
  gauge(
    'waymark_commands_pending',
    'Commands that run or wait for their stream.',
    () => games.pending + quests.pending,
  );
  gauge('waymark_games_live', 'Games that have not ended.', () => liveGames.gameCount);
  gauge('waymark_players_live', 'Players who ever joined one of them.', () => liveGames.playerCount);
  gauge('waymark_scheduler_waiting', 'Deadlines that the scheduler waits for.', () => scheduler.waiting);
  count('waymark_scheduler_acted_total', 'Commands that the scheduler gave.', () => scheduler.counts.acted);
  count('waymark_scheduler_retried_total', 'Deadlines that had to be tried again.', () => scheduler.counts.retried);
  count('waymark_quests_checked_total', 'Quest documents checked.', () => questWorker.counts.checked);
  count(
    'waymark_quests_refused_total',
    'Quest documents of which no quest could be made.',
    () => questWorker.counts.refused,
  );
  gauge('waymark_quest_checks_pending', 'Quest documents that wait for the quest worker.', () => questWorker.pending);
}

function commandOutcomes(tally: CommandTally): Record<string, number> {
  const { appends, overloaded, refused, repeated, unavailable } = tally;
  return { appended: appends, refused, repeated, overloaded, unavailable };
}
