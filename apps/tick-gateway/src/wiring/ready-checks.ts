import type { Clock } from '@waymark/base';
import type { Feed } from '@waymark/feed';
import type { HealthCheck } from '@waymark/platform';
import type { TickLoop } from '../hot/tick-loop.ts';
import type { PlayServer } from '../play/play-server.ts';
import type { Projector } from '../projection/projector.ts';
import type { Canary } from './canary.ts';

/** What must hold for new players to be sent here: that it works, not that it runs. */
export interface ReadyParts {
  readonly projector: Projector;
  readonly feed: Feed;
  readonly tickLoop: TickLoop;
  readonly playServer: PlayServer;
  readonly canary: Canary;
  readonly clock: Clock;
  readonly tickPeriodMs: number;
}

export function readyChecks(parts: ReadyParts): readonly HealthCheck[] {
  const { canary, clock, feed, playServer, projector, tickLoop } = parts;
  const tickAgeMsMax = 2 * parts.tickPeriodMs;
  return [
    {
      name: 'running',
      check: () =>
        playServer.isDraining
          ? { ok: false, detail: 'the process is stopping' }
          : { ok: true, detail: 'players are let in' },
    },
    {
      name: 'projection',
      check: () => {
        const ok = projector.caughtUp && feed.status().caughtUp;
        return { ok, detail: `${ok ? '' : 'reading the log, '}at position ${projector.position}` };
      },
    },
    {
      name: 'ticks',
      check: () => {
        const ageMs = clock.now() - tickLoop.lastTurnAt;
        return { ok: ageMs < tickAgeMsMax, detail: `the last turn of the ticker was ${ageMs.toFixed(1)} ms ago` };
      },
    },
    canary.check,
  ];
}
