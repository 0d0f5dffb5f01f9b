import { POSITION_WAITERS_MAX, type Clock, type Random } from '@waymark/base';
import type { EventStore } from '@waymark/event-store';
import { createStoreTailFeed, type Feed } from '@waymark/feed';
import {
  AuthorTokens,
  createMemoryTicketLedger,
  LAG_BUCKETS_SECONDS,
  ServiceTokens,
  Sessions,
  Tickets,
  type Config,
  type DataDir,
  type HealthCheck,
  type Keyring,
  type Log,
} from '@waymark/platform';
import { createArena, createFrameContext, SlabPool, TickSchedule, type Arena } from '@waymark/tick-engine';
import { FanOut } from '../hot/fan-out.ts';
import { TickLoop } from '../hot/tick-loop.ts';
import { Viewers } from '../http/viewer.ts';
import { MoveReferee } from '../play/move-referee.ts';
import { PlayServer } from '../play/play-server.ts';
import { Catalogue } from '../projection/catalogue.ts';
import { PositionWaiters } from '../projection/position-waiters.ts';
import { Projector } from '../projection/projector.ts';
import { ReadModel } from '../projection/read-model.ts';
import { ReachClient } from '../reach/reach-client.ts';
import { ReachDispatcher } from '../reach/reach-dispatcher.ts';

/**
 * Makes the parts of the gateway and joins them, in the order in which data flows: feed, projector, arena, ticker, fan-out, sockets; and back:
 * moves, reaches. Plain objects; Nest is handed what it needs by GatewayModule.
 */
export interface CoreParts {
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly keyring: Keyring;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Something that must not be is: the process ends. */
  readonly onFatal: (error: Error) => void;
}

export interface GatewayCore {
  readonly arena: Arena;
  readonly pool: SlabPool;
  readonly schedule: TickSchedule;
  readonly fanOut: FanOut;
  readonly tickLoop: TickLoop;
  readonly projector: Projector;
  readonly feed: Feed;
  readonly waiters: PositionWaiters;
  readonly reachClient: ReachClient;
  readonly playServer: PlayServer;
  readonly readModel: ReadModel;
  readonly viewers: Viewers;
  readonly readyChecks: readonly HealthCheck[];
}

export function createCore({ config, dataDir, keyring, store, clock, random, log, onFatal }: CoreParts): GatewayCore {
  const arena = createArena();
  const pool = new SlabPool({ poison: config.poison, createView: (buffer, offset, bytes) => Buffer.from(buffer, offset, bytes) });
  const schedule = new TickSchedule({ gamesMax: arena.gamesMax, periodMs: config.tickMs, slotWidthMs: config.tickSlotMs });
  const fanOut = new FanOut({ arena, pool });
  const latenessEdgesMs = LAG_BUCKETS_SECONDS.map((seconds) => seconds * 1_000);
  const tickLoop = new TickLoop({ schedule, fanOut, clock, context: createFrameContext(), latenessEdgesMs });
  const context = createFrameContext();
  const catalogue = new Catalogue();
  const waiters = new PositionWaiters(POSITION_WAITERS_MAX);
  const sessions = new Sessions(keyring, clock);
  const authors = new AuthorTokens(keyring, clock);
  const reachClient = new ReachClient({ commandUrl: config.commandUrl, tokens: new ServiceTokens(keyring, clock), clock });

  const reaches = new ReachDispatcher(arena, reachClient, log, (player, detail) => {
    playServer.connectionOfPlayer(player)?.tellError('reach-refused', arena.players.moveSequence[player]!, detail);
  });
  const projector = new Projector({
    arena,
    schedule,
    fanOut,
    context,
    catalogue,
    waiters,
    store,
    clock,
    log,
    reaches,
    onGameOver: (game) => playServer.closeGame(game, 'gameOver', 'the game has ended'),
    onFatal,
  });
  const tickAgeMsMax = 2 * config.tickMs;
  const tickAge = (): number => clock.now() - tickLoop.lastTurnAt;
  const playServer = new PlayServer({
    arena,
    pool,
    schedule,
    fanOut,
    context,
    clock,
    random,
    store,
    catalogue,
    waiters,
    credentials: { tickets: new Tickets(keyring, clock, random), sessions, authors, ledger: createMemoryTicketLedger(clock) },
    sessions,
    log,
    moves: new MoveReferee(arena, reaches),
    tickPeriodMs: config.tickMs,
    drainJitterMs: config.drainMs,
    ready: () => projector.caughtUp,
  });
  const feed = createStoreTailFeed({ store, bellPath: dataDir.bell });
  const readModel = new ReadModel({ catalogue, store, waiters, clock, position: () => projector.position });
  const readyChecks: HealthCheck[] = [
    {
      name: 'projection',
      check: () => ({
        ok: projector.caughtUp,
        detail: projector.caughtUp ? `position ${projector.position}` : `reading the log, at position ${projector.position}`,
      }),
    },
    {
      name: 'ticks',
      check: () => ({ ok: tickAge() < tickAgeMsMax, detail: `the last turn of the ticker was ${tickAge().toFixed(1)} ms ago` }),
    },
  ];
  return {
    arena,
    pool,
    schedule,
    fanOut,
    tickLoop,
    projector,
    feed,
    waiters,
    reachClient,
    playServer,
    readModel,
    viewers: new Viewers(authors),
    readyChecks,
  };
}
