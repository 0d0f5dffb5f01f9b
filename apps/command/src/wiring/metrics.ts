import type { EventStore, SqliteEventStore } from '@waymark/event-store';
import type { Metrics } from '@waymark/platform';
import type { CommandTally } from '../metrics/command-tally.ts';
import { commandTallies } from '../metrics/command-times.ts';
import type { OpenedRelay } from './open-relay.ts';
import type { Services } from './services.ts';

/** What Prometheus is told of the command app. All pulled: nothing is counted here. */
export function registerMetrics(metrics: Metrics, services: Services, store: EventStore): void {
  const { commandTimes, games, liveGames, quests, questWorker, scheduler, tally } = services;
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
    name: 'waymark_append_duration_seconds',
    help: 'From asking the event store to its durable answer, by outcome. not_found is the question whether a key was used before.',
    read: () => tally.appendTallies(),
  });
  metrics.tally({
    name: 'waymark_command_duration_seconds',
    help: 'From the head of a command to its answer, by kind and by answer: accepted (2xx), refused (4xx), failed (5xx).',
    read: () => commandTallies(commandTimes),
  });
  metrics.tally({
    name: 'waymark_commit_events',
    help: 'Events of a commit: all appends that wait share one.',
    read: () => tally.commitEvents,
  });
  metrics.tally({
    name: 'waymark_commit_appends',
    help: 'Appends of a commit.',
    read: () => tally.commitAppends,
  });
  registerStore(metrics, store);
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

/** Of the relay to Redis; zeros without REDIS_URL. */
export function registerRelay(metrics: Metrics, { status }: OpenedRelay): void {
  metrics.gauge({
    name: 'waymark_redis_configured',
    help: 'Whether REDIS_URL is set: 1, or 0.',
    read: () => (status === null ? 0 : 1),
  });
  metrics.gauge({
    name: 'waymark_relay_up',
    help: 'Whether events are relayed to Redis: 1, or 0.',
    read: () => (status?.().fault === null ? 1 : 0),
  });
  metrics.gauge({
    name: 'waymark_relay_lag_seconds',
    help: 'Age of the oldest event that is not relayed to Redis yet; 0 when there is none.',
    read: () => status?.().lagSeconds ?? 0,
  });
  metrics.counter({
    name: 'waymark_relay_events_total',
    help: 'Events that were relayed to Redis, by this process or another that was there before it.',
    read: () => status?.().eventCount ?? 0,
  });
  metrics.counter({
    name: 'waymark_relay_corrections_total',
    help: 'Times that Redis did not stand where the relay expected: another relay was first (conflict), it had lost events (rewind), or it failed (fault).',
    label: 'kind',
    read: () => {
      const { conflictCount: conflict, faultCount: fault, rewindCount: rewind } = status?.() ?? NO_CORRECTIONS;
      return { conflict, fault, rewind };
    },
  });
}

const NO_CORRECTIONS = { conflictCount: 0, faultCount: 0, rewindCount: 0 };

/** Of the SQLite store; the one in memory has nothing to tell. */
function registerStore(metrics: Metrics, store: EventStore): void {
  if (!('counters' in store)) return;
  const { counters } = store as SqliteEventStore;
  const read = () => counters.call(store);
  metrics.counter({
    name: 'waymark_checkpoints_total',
    help: 'Times that the write-ahead log was copied into the log file, and times that this failed and is tried again.',
    label: 'outcome',
    read: () => {
      const { checkpointFailures, checkpoints } = read();
      return { done: checkpoints, failed: checkpointFailures };
    },
  });
  metrics.counter({
    name: 'waymark_checkpoint_blocking_seconds_total',
    help: 'Time in checkpoints that commits had to wait for.',
    read: () => read().checkpointBlockedMs / 1_000,
  });
  metrics.gauge({
    name: 'waymark_wal_bytes',
    help: 'Size of the write-ahead log when it was last copied, and what a reader kept from being copied.',
    label: 'part',
    read: () => {
      const { walBytes, walRestBytes } = read();
      return { copied: walBytes - walRestBytes, kept: walRestBytes };
    },
  });
}
