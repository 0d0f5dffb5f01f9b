import type { EventStore, RecordedEvent } from '@waymark/event-store';
import type { Log } from '@waymark/platform';
import type { Services } from './services.ts';

/**
 * Where several command apps append to one log, each follows it: the scheduler must know of games that others made and ended, and what is cached
 * of a stream is dropped when others have written to it.
 */
export interface FollowedLog {
  stop(): Promise<void>;
}

export function followLog(
  store: EventStore,
  after: bigint,
  {
    log,
    onFatal,
    services,
  }: { readonly log: Log; readonly onFatal: (error: Error) => void; readonly services: Services },
): FollowedLog {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    for await (const item of store.subscribeToAll({ after, signal })) {
      if (item.kind === 'event') observe(services, item.event);
      else if (item.kind === 'lost') log.warn({ reason: item.reason }, 'the log cannot be followed; it is tried again');
    }
  };
  const running = run().catch((error: unknown) => {
    if (!signal.aborted) onFatal(error as Error);
  });
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

function observe({ games, quests, scheduler }: Services, event: RecordedEvent): void {
  const revision = Number(event.revision);
  games.noticed(event.stream, revision);
  quests.noticed(event.stream, revision);
  scheduler.observe([event]);
}
