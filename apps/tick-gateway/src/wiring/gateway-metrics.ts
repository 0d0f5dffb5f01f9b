import { registerReadiness, type Metrics } from '@waymark/platform';
import type { GatewayCore } from './gateway-core.ts';

/** Names the gateway's counters for Prometheus. All are pulled when somebody scrapes: the tick path knows nothing of this. */
export function registerMetrics(metrics: Metrics, core: GatewayCore): void {
  const { arena, canary, fanOut, feed, playServer, pool, projector, reachClient, schedule, tickLoop } = core;
  registerReadiness(metrics, core.readyChecks);
  metrics.tally({
    name: 'waymark_frame_lateness_seconds',
    help: 'From when a tick was due to when its frames were handed to the sockets.',
    read: () => tickLoop.lateness,
  });
  metrics.tally({
    name: 'waymark_tick_duration_seconds',
    help: 'What a turn of the ticker took to encode and write the frames of all games that were due.',
    read: () => tickLoop.turns,
  });
  metrics.counter({
    name: 'waymark_ticks_total',
    help: "Ticks of games that were served, the canary's among them.",
    read: () => tickLoop.tickCount,
  });
  metrics.counter({
    name: 'waymark_ticks_skipped_total',
    help: 'Ticks of games that were left out because the ticker came more than a period late.',
    read: () => schedule.skippedCount,
  });
  metrics.counter({
    name: 'waymark_frames_sent_total',
    help: "Frames handed to sockets, less the canary's.",
    label: 'kind',
    read: () => ({
      state: fanOut.counts.stateFramesSent,
      event: fanOut.counts.eventFramesSent,
      reveal: fanOut.counts.revealFramesSent,
    }),
  });
  metrics.counter({
    name: 'waymark_frame_bytes_sent_total',
    help: 'Bytes of frames handed to sockets, WebSocket headers included.',
    read: () => fanOut.counts.bytesSent,
  });
  metrics.counter({
    name: 'waymark_frames_skipped_total',
    help: 'State frames left out for a socket whose last write was still pending.',
    read: () => fanOut.counts.stateFramesSkipped,
  });
  metrics.counter({
    name: 'waymark_slow_consumers_total',
    help: 'Sockets given up as slow.',
    read: () => fanOut.counts.slowSockets,
  });
  metrics.counter({
    name: 'waymark_broken_sockets_total',
    help: 'Sockets that a frame could not be written to, because they were going already.',
    read: () => fanOut.counts.brokenSockets,
  });
  metrics.counter({
    name: 'waymark_slabs_missing_total',
    help: 'Frames left out because every slab was held by a pending write.',
    read: () => fanOut.slabsMissing,
  });
  metrics.gauge({ name: 'waymark_slabs_used', help: 'Slabs in use now.', read: () => pool.usedCount });
  metrics.gauge({
    name: 'waymark_slabs_used_max',
    help: 'Most slabs that were ever in use at once.',
    read: () => pool.usedMax,
  });
  metrics.gauge({
    name: 'waymark_sockets',
    help: "Open WebSockets, less the canary's.",
    read: () => playServer.connectionCount,
  });
  metrics.counter({
    name: 'waymark_connections_total',
    help: 'Connections that were let in.',
    read: () => playServer.accepted,
  });
  metrics.counter({
    name: 'waymark_closes_total',
    help: 'Closes that the gateway began.',
    label: 'code',
    read: () => playServer.closes,
  });
  metrics.counter({
    name: 'waymark_client_messages_total',
    help: 'Moves of players, and those of them that were refused.',
    label: 'what',
    read: () => ({
      move: playServer.counts.moves,
      move_refused: playServer.counts.movesRefused,
    }),
  });
  metrics.gauge({
    name: 'waymark_games_live',
    help: "Games in the arena, less the canary's.",
    read: () => arena.freeGames.usedCount - canary.gameCount,
  });
  metrics.gauge({
    name: 'waymark_players_live',
    help: 'Players in the arena.',
    read: () => arena.freePlayers.usedCount,
  });
  metrics.gauge({
    name: 'waymark_arena_capacity',
    help: 'Games and players that the arena has room for.',
    label: 'what',
    read: () => ({ game: arena.gamesMax - 1, player: arena.playersMax }),
  });
  metrics.counter({
    name: 'waymark_arena_refused_total',
    help: 'Games and players that found no room in the arena.',
    label: 'what',
    read: () => ({ game: arena.counts.gamesRefused, player: arena.counts.playersRefused }),
  });
  metrics.counter({
    name: 'waymark_events_projected_total',
    help: 'Events of the log that were projected.',
    read: () => projector.eventCount,
  });
  metrics.gauge({
    name: 'waymark_projection_position',
    help: 'Position of the last event projected.',
    read: () => projector.position,
  });
  metrics.tally({
    name: 'waymark_projection_lag_seconds',
    help: 'From the commit of an event to its projection, when its frames are handed to the sockets. Live events only.',
    read: () => projector.lag,
  });
  metrics.counter({
    name: 'waymark_feed_holes_total',
    help: 'Times that the feed went back to the store because of a hole.',
    read: () => feed.status().holeCount,
  });
  metrics.gauge({
    name: 'waymark_redis_configured',
    help: 'Whether REDIS_URL is set: 1, or 0.',
    read: () => (core.redisStatus === null ? 0 : 1),
  });
  metrics.gauge({
    name: 'waymark_feed_on_redis',
    help: 'Whether events come through Redis now: 1, or 0 while they are read from the event store.',
    read: () => (core.redisStatus?.().isOnRedis ? 1 : 0),
  });
  metrics.counter({
    name: 'waymark_feed_fallbacks_total',
    help: 'Times that the feed went from Redis back to the event store.',
    read: () => core.redisStatus?.().fallbackCount ?? 0,
  });
  metrics.counter({
    name: 'waymark_reaches_total',
    help: 'Reaches asked of the command app, by outcome.',
    label: 'outcome',
    read: () => ({ ...reachClient.counts }),
  });
}
