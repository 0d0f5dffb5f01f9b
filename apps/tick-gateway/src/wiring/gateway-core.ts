import { GAMES_LIVE_MAX, POSITION_WAITERS_MAX, type Clock, type Random } from '@waymark/base';
import type { EventStore } from '@waymark/event-store';
import type { Feed } from '@waymark/feed';
import {
  AuthorTokens,
  LAG_BUCKETS_SECONDS,
  ServiceTokens,
  Sessions,
  Tickets,
  TURN_BUCKETS_SECONDS,
  type Config,
  type HealthCheck,
  type Keyring,
  type Log,
  type Tracer,
} from '@waymark/platform';
import { createArena, createFrameContext, SlabPool, TickSchedule, type Arena } from '@waymark/tick-engine';
import { FanOut } from '../hot/fan-out.ts';
import { TickLoop } from '../hot/tick-loop.ts';
import { Viewers } from '../http/viewer.ts';
import { MoveReferee } from '../play/move-referee.ts';
import { PlayServer } from '../play/play-server.ts';
import { Seats } from '../play/seats.ts';
import { Catalogue } from '../projection/catalogue.ts';
import { MissingQuests } from '../projection/missing-quests.ts';
import { PositionWaiters } from '../projection/position-waiters.ts';
import { Projector } from '../projection/projector.ts';
import { ReadModel } from '../projection/read-model.ts';
import { ReachClient } from '../reach/reach-client.ts';
import { ReachDispatcher } from '../reach/reach-dispatcher.ts';
import { Canary } from './canary.ts';
import type { OpenedFeed } from './open-feed.ts';
import type { GatewayShared } from './open-shared.ts';
import { readyChecks } from './ready-checks.ts';

/**
 * Makes the parts of the gateway and joins them, in the order in which data flows: feed, projector, arena, ticker, fan-out, sockets; and back:
 * moves, reaches. Plain objects; Nest is handed what it needs by GatewayModule.
 */
export interface CoreParts {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly store: EventStore;
  readonly feed: OpenedFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Null while traces are not collected. */
  readonly tracer: Tracer | null;
  /** What gateways know together: tickets, seats, limits, the directory. */
  readonly shared: GatewayShared;
  /** When the process began, epoch ms. */
  readonly bornAt: number;
  /** The log is projected to its end: players are let in from now on. */
  readonly onCaughtUp: () => void;
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
  /** What is told of the feed over Redis; null without REDIS_URL. */
  readonly redisStatus: OpenedFeed['redisStatus'];
  readonly waiters: PositionWaiters;
  readonly reachClient: ReachClient;
  readonly playServer: PlayServer;
  readonly readModel: ReadModel;
  readonly viewers: Viewers;
  readonly canary: Canary;
  readonly readyChecks: readonly HealthCheck[];
}

export function createCore(parts: CoreParts): GatewayCore {
  const { config, keyring, store, clock, random, log, shared } = parts;
  // One game more than there can be: the canary's.
  const arena = createArena({ gamesMax: GAMES_LIVE_MAX + 1 });
  const pool = new SlabPool({
    poison: config.poison,
    createView: (buffer, offset, bytes) => Buffer.from(buffer, offset, bytes),
  });
  const schedule = new TickSchedule({
    gamesMax: arena.gamesMax,
    periodMs: config.tickMs,
    slotWidthMs: config.tickSlotMs,
  });
  const fanOut = new FanOut({ arena, pool });
  const tickLoop = new TickLoop({
    schedule,
    fanOut,
    clock,
    context: createFrameContext(),
    latenessEdgesSeconds: LAG_BUCKETS_SECONDS,
    turnEdgesSeconds: TURN_BUCKETS_SECONDS,
  });
  const context = createFrameContext();
  const catalogue = new Catalogue();
  const waiters = new PositionWaiters(POSITION_WAITERS_MAX);
  const sessions = new Sessions(keyring, clock);
  const authors = new AuthorTokens(keyring, clock);
  const reachClient = new ReachClient({
    commandUrl: config.commandUrl,
    tokens: new ServiceTokens(keyring, clock),
    random,
  });

  const reaches = new ReachDispatcher({
    arena,
    client: reachClient,
    clock,
    log,
    tracer: parts.tracer,
    onRefused: (player, detail) => {
      playServer.connectionOfPlayer(player)?.tellError('reach-refused', arena.players.moveSequence[player]!, detail);
    },
  });
  const missingQuests = new MissingQuests({
    arena,
    catalogue,
    store,
    onAttached: () => waiters.check(),
    onFatal: parts.onFatal,
  });
  const projector = new Projector({
    arena,
    schedule,
    fanOut,
    context,
    catalogue,
    waiters,
    missingQuests,
    clock,
    log,
    tracer: parts.tracer,
    reaches,
    onGameOver: (game) => playServer.closeGame(game, 'gameOver', 'the game has ended'),
    onPlayerLeft: (player) => playServer.connectionOfPlayer(player)?.end('removed', 'the player has left the game'),
    onFirstCaughtUp: parts.onCaughtUp,
    onFatal: parts.onFatal,
  });
  const position = (): number => projector.position;
  const credentials = {
    tickets: new Tickets(keyring, clock, random),
    sessions,
    authors,
    ledger: shared.ledger,
    bornAt: parts.bornAt,
  };
  const canaryGameId = `canary-${random.uuid()}`;
  const playServer = new PlayServer({
    arena,
    pool,
    schedule,
    fanOut,
    context,
    clock,
    random,
    store,
    seats: new Seats({ arena, store, catalogue, waiters, credentials, position }),
    sessions,
    log,
    moves: new MoveReferee(arena, reaches),
    tickPeriodMs: config.tickMs,
    drainMs: config.drainMs,
    ready: () => projector.caughtUp,
    canaryGameId,
    connectWait: shared.connectWait,
    takeovers: shared.takeovers,
    elsewhere: shared.elsewhere,
  });
  const { checks, feed, redisStatus } = parts.feed;
  const readModel = new ReadModel({ arena, catalogue, store, waiters, position });
  const canary = new Canary({ arena, schedule, clock, tickPeriodMs: config.tickMs, gameId: canaryGameId });
  return {
    arena,
    pool,
    schedule,
    fanOut,
    tickLoop,
    projector,
    feed,
    redisStatus,
    waiters,
    reachClient,
    playServer,
    readModel,
    viewers: new Viewers(authors),
    canary,
    readyChecks: [
      ...readyChecks({ projector, feed, tickLoop, playServer, canary, clock, tickPeriodMs: config.tickMs }),
      ...checks,
      ...shared.checks,
    ],
  };
}
