import type { GameStatusName } from './frame-layout.ts';
import type { Profile, SUBPROTOCOL } from './subprotocol.ts';

/** Text messages: JSON, one object each, told apart by `type` (rules TX of docs/protocol.md). control-parser.ts reads them. */
export type ServerMessage = WelcomeMessage | ErrorMessage | ClockReply | ByeMessage;

/** The only text a client sends. */
export interface ClockRequest {
  readonly type: 'clock';
  /** Whatever the client reads its clock with; comes back as it was. */
  readonly clientTime: number;
}

/** The first message of every connection that is accepted. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  readonly protocol: typeof SUBPROTOCOL;
  /** Id of the session, for logs; null for spectators. */
  readonly session: string | null;
  /** Resumes this session and authorises `reach` over HTTP; null for spectators. */
  readonly sessionToken: string | null;
  /** Id of the event log: revisions of another epoch mean nothing here. */
  readonly epoch: string;
  readonly gameId: string;
  readonly playerId: string | null;
  /** The player's row in every frame; null for spectators. */
  readonly row: number | null;
  readonly profile: Profile;
  readonly questId: string;
  readonly questVersion: number;
  readonly contentHash: string;
  readonly order: 'sequential' | 'free';
  readonly waypointCount: number;
  /** Metres a second. */
  readonly maxSpeed: number;
  readonly status: GameStatusName;
  /** Epoch ms, as the two below. */
  readonly startsAt: number | null;
  readonly startedAt: number | null;
  readonly endsAt: number | null;
  readonly tickPeriodMs: number;
  /** The tick period that the server is in. */
  readonly tick: number;
  /** Epoch ms of the server's clock when it wrote this. */
  readonly serverTime: number;
  /** Between two pings of the server. */
  readonly heartbeatMs: number;
  /** Missed events that a resume replays at most. */
  readonly resumeWindowEvents: number;
  /** After 4001 a client waits a random part of this before it connects again. */
  readonly drainJitterMs: number;
  readonly limits: { readonly messageBytes: number; readonly messagesPerSecond: number };
  /** Everybody who ever joined, by ascending row. */
  readonly roster: readonly RosterEntry[];
  /** What became of a resume; null on a first connection. */
  readonly resumed: Resumed | null;
}

export interface RosterEntry {
  readonly row: number;
  readonly playerId: string;
  readonly name: string;
  readonly present: boolean;
}

export interface Resumed {
  readonly recovered: boolean;
  /** The revision that the client said it holds. */
  readonly fromRevision: number;
  /** Event frames that follow before the keyframe: revisions fromRevision + 1 to fromRevision + events; 0 unless recovered. */
  readonly events: number;
}

/** A refusal; the connection stays open. */
export interface ErrorMessage {
  readonly type: 'error';
  /** One of ERROR_CODES; a client takes one that it does not know by `temporary`. */
  readonly code: string;
  readonly message: string;
  /** The same thing may succeed later. */
  readonly temporary: boolean;
  /** Of the move that it answers. */
  readonly sequence?: number;
}

/** `meaning` is also the message that a player gets, where there is no better one. */
export const ERROR_CODES = {
  'move-too-fast': { temporary: true, meaning: 'further than the speed limit allows (MV4); the position is unchanged' },
  'move-out-of-bounds': { temporary: false, meaning: 'a coordinate beyond 100,000 m; the position is unchanged' },
  'game-not-running': {
    temporary: true,
    meaning: 'the game is scheduled, paused or ended; the position is unchanged',
  },
  'reach-refused': {
    temporary: true,
    meaning: "the move led into a waypoint's radius, and the command app refused the reach; `message` says why",
  },
} as const;
export type ErrorName = keyof typeof ERROR_CODES;

export interface ClockReply {
  readonly type: 'clock';
  readonly clientTime: number;
  /** Epoch ms of the server's clock. */
  readonly serverTime: number;
}

/** Just before a close that the server begins: what the close frame has no room for. */
export interface ByeMessage {
  readonly type: 'bye';
  /** The close code that follows. */
  readonly code: number;
  readonly reason: string;
  /** Not before this. */
  readonly retryAfterMs?: number;
  /** Address (ws://host:port) to connect to instead. */
  readonly endpoint?: string;
}

export function serverText(message: ServerMessage): string {
  return JSON.stringify(message);
}

export function clockRequestText(clientTime: number): string {
  return JSON.stringify({ type: 'clock', clientTime } satisfies ClockRequest);
}
