import { GAMES_LIVE_MAX, POSITION_WAITERS_MAX, type Clock, type Random } from '@waymark/base';
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
import { Seats } from '../play/seats.ts';
import { Catalogue } from '../projection/catalogue.ts';
import { MissingQuests } from '../projection/missing-quests.ts';
import { PositionWaiters } from '../projection/position-waiters.ts';
import { Projector } from '../projection/projector.ts';
import { ReadModel } from '../projection/read-model.ts';
import { ReachClient } from '../reach/reach-client.ts';
import { ReachDispatcher } from '../reach/reach-dispatcher.ts';
import { Canary } from './canary.ts';
import { readyChecks } from './ready-checks.ts';

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
  readonly waiters: PositionWaiters;
  readonly reachClient: ReachClient;
  readonly playServer: PlayServer;
  readonly readModel: ReadModel;
  readonly viewers: Viewers;
  readonly canary: Canary;
  readonly readyChecks: readonly HealthCheck[];
}

export function createCore(parts: CoreParts): GatewayCore {
  const { config, dataDir, keyring, store, clock, random, log } = parts;
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
  const latenessEdgesMs = LAG_BUCKETS_SECONDS.map((seconds) => seconds * 1_000);
  const tickLoop = new TickLoop({ schedule, fanOut, clock, context: createFrameContext(), latenessEdgesMs });
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

  const reaches = new ReachDispatcher(arena, reachClient, log, (player, detail) => {
    playServer.connectionOfPlayer(player)?.tellError('reach-refused', arena.players.moveSequence[player]!, detail);
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
    ledger: createMemoryTicketLedger(clock),
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
  });
  const feed = createStoreTailFeed({ store, bellPath: dataDir.bell });
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
    waiters,
    reachClient,
    playServer,
    readModel,
    viewers: new Viewers(authors),
    canary,
    readyChecks: readyChecks({ projector, feed, tickLoop, playServer, canary, clock, tickPeriodMs: config.tickMs }),
  };
}
