import type {
  ErrorMessage,
  EventPayload,
  FrameHeader,
  HuntState,
  PlayerState,
  Profile,
  Resumed,
  WelcomeMessage,
  WindowWaypoint,
} from '@waymark/protocol';
import { closeName } from '@waymark/protocol';

import type { Environment } from './environment.ts';

/** What goes into a HuntClient and what comes out: options, the view of the game, events. */

export interface HuntOptions extends Partial<Environment> {
  /** Base address of the command app, for example http://127.0.0.1:3000. */
  readonly commandUrl: string;
  /** Base address of the gateway, for example ws://127.0.0.1:3001; by default the one that joining names. Needed to watch. */
  readonly gatewayUrl?: string;
  /** `delta` unless given. */
  readonly profile?: Profile;
  /** How long `join` and `watch` may take before they give up. */
  readonly connectTimeoutMs?: number;
}

export interface WatchRequest {
  readonly gameId: string;
  /** Token of the game's owner, for a game that is not open. */
  readonly token?: string;
}

/** Disconnected until join or watch; connecting whenever there is no welcome, also between two connections; closed for good. */
export type ConnectionStatus = 'disconnected' | 'connecting' | 'connected' | 'closed';

/** What is known of the game: a live view of objects that each frame updates in place. Copy what you want to keep. */
export type HuntView = Readonly<Omit<HuntState, 'players' | 'window'>> & {
  /** By row. */
  readonly players: readonly Readonly<PlayerState>[];
  readonly window: ReadonlyMap<number, Readonly<WindowWaypoint>>;
};

export interface EventInfo {
  readonly revision: number;
  /** From when the command was sent (where it said so, otherwise from when the event was recorded) until now. */
  readonly lagMs: number;
  /** Happened while there was no connection. */
  readonly replayed: boolean;
}

export interface Drop {
  readonly code: number;
  readonly reason: string;
  /** Until the next try. */
  readonly retryInMs: number;
}

export interface HuntEvents {
  /** A connection is open; the state is not filled yet. */
  readonly welcome: readonly [welcome: WelcomeMessage];
  /** The state has changed. */
  readonly state: readonly [state: HuntView];
  /** A frame of any kind has come, `lagMs` after it was due. The header is used again for the next frame. */
  readonly frame: readonly [header: Readonly<FrameHeader>, lagMs: number];
  readonly event: readonly [event: EventPayload, info: EventInfo];
  /** The window has changed. */
  readonly reveal: readonly [window: HuntView['window']];
  /** The server refused something; the connection stays. */
  readonly error: readonly [error: ErrorMessage];
  /** The connection is lost, and will be tried again. */
  readonly drop: readonly [drop: Drop];
  /** What became of a resume; events that were missed follow, or could not be had. */
  readonly resume: readonly [resumed: Resumed];
  /** The end: nothing comes after it. */
  readonly close: readonly [code: number, reason: string];
}

/** The connection ended in a way that trying again would not mend. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string) {
    super(`closed with ${code}${closeName(code) === undefined ? '' : ` (${closeName(code)})`}: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}
