import {
  CLIENT_MESSAGE_BYTES_MAX,
  CLIENT_MESSAGES_PER_SECOND_MAX,
  HEARTBEAT_MS,
  RESUME_EVENTS_MAX,
} from '@waymark/base';
import {
  GAME_STATUS,
  PLAYER_PRESENT,
  SUBPROTOCOL,
  type GameStatusName,
  type Profile,
  type Resumed,
  type RosterEntry,
  type WelcomeMessage,
} from '@waymark/protocol';
import { gameRecord, playerAt, playerRecord, type Arena } from '@waymark/tick-engine';

/** Composes the first message of a connection from what the arena holds of the game. */
export interface WelcomeFacts {
  readonly epoch: string;
  readonly game: number;
  readonly profile: Profile;
  /** Null for spectators. */
  readonly player: {
    readonly playerId: string;
    readonly row: number;
    readonly session: string;
    readonly sessionToken: string;
  } | null;
  readonly resumed: Resumed | null;
  readonly tick: number;
  readonly tickPeriodMs: number;
  readonly drainJitterMs: number;
  readonly now: number;
}

const STATUS_NAMES = Object.fromEntries(
  Object.entries(GAME_STATUS).map(([name, value]) => [value, name]),
) as unknown as Readonly<Record<number, GameStatusName>>;

export function composeWelcome(arena: Arena, facts: WelcomeFacts): WelcomeMessage {
  const { game, player } = facts;
  const { games, quests } = arena;
  const created = gameRecord(arena, game);
  const quest = quests.rows[games.quest[game]!]!.compiled;
  return {
    type: 'welcome',
    protocol: SUBPROTOCOL,
    session: player?.session ?? null,
    sessionToken: player?.sessionToken ?? null,
    epoch: facts.epoch,
    gameId: created.gameId,
    playerId: player?.playerId ?? null,
    row: player?.row ?? null,
    profile: facts.profile,
    questId: created.questId,
    questVersion: created.questVersion,
    contentHash: created.contentHash,
    order: quest.order,
    waypointCount: quest.waypointCount,
    maxSpeed: quest.limits.maxSpeed,
    status: STATUS_NAMES[games.status[game]!]!,
    startsAt: created.startsAt,
    startedAt: games.startedAt[game]! || null,
    endsAt: games.endsAt[game]! || null,
    tickPeriodMs: facts.tickPeriodMs,
    tick: facts.tick,
    serverTime: facts.now,
    heartbeatMs: HEARTBEAT_MS,
    resumeWindowEvents: RESUME_EVENTS_MAX,
    drainJitterMs: facts.drainJitterMs,
    limits: { messageBytes: CLIENT_MESSAGE_BYTES_MAX, messagesPerSecond: CLIENT_MESSAGES_PER_SECOND_MAX },
    roster: rosterOf(arena, game),
    resumed: facts.resumed,
  };
}

function rosterOf(arena: Arena, game: number): RosterEntry[] {
  const roster: RosterEntry[] = [];
  for (let row = 0; row < arena.games.playerCount[game]!; row++) {
    const player = playerAt(arena, game, row);
    if (player === -1) continue;
    const { playerId, name } = playerRecord(arena, player);
    roster.push({ row, playerId, name, present: (arena.players.flags[player]! & PLAYER_PRESENT) !== 0 });
  }
  return roster;
}
