import type { Clock } from '@waymark/base';
import type { CompiledQuest, GameEvent } from '@waymark/domain';
import type { HealthCheck } from '@waymark/platform';
import { SUBPROTOCOL, WATCH_PATH } from '@waymark/protocol';
import { projectEvent, registerQuest, type Arena, type TickSchedule } from '@waymark/tick-engine';
import { WebSocket } from 'ws';

/**
 * Proof of life for readiness: the gateway watches a game of its own over a real WebSocket, and is well for as long as frames come. Timer,
 * encoder, fan-out and sockets must all work for that. The game is in the arena alone: not in the log, in no list; neither it, nor
 * its socket, nor its frames are in a count. Only its ticks are, as work of the ticker.
 */
export interface CanaryParts {
  readonly arena: Arena;
  readonly schedule: TickSchedule;
  readonly clock: Clock;
  readonly tickPeriodMs: number;
  /** Nobody else knows it, so nobody else watches it. */
  readonly gameId: string;
}

/** On top of two tick periods. */
const GRACE_MS = 50;
const RECONNECT_MS = 50;

export class Canary {
  private readonly parts: CanaryParts;
  private socket: WebSocket | null = null;
  private timer: NodeJS.Timeout | null = null;
  private lastFrameAt = Number.NaN;
  private isStopped = false;

  constructor(parts: CanaryParts) {
    this.parts = parts;
  }

  /** 1 once its game is in the arena: what counters of games have too many. */
  gameCount = 0;

  /** `address` is where the gateway itself listens, as ws://host:port. Called when sockets are let in. */
  start(address: string): void {
    // A process may be told to stop while it still reads the log.
    if (this.isStopped) return;
    this.makeGame();
    this.connect(`${address}${WATCH_PATH}?game=${this.parts.gameId}`);
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.socket?.removeAllListeners('close');
    this.socket?.terminate();
  }

  readonly check: HealthCheck = {
    name: 'canary',
    check: () => {
      const ageMs = this.parts.clock.now() - this.lastFrameAt;
      if (Number.isNaN(ageMs)) return { ok: false, detail: 'no frame has come through a socket yet' };
      const detail = `the last frame came through a socket ${ageMs.toFixed(1)} ms ago`;
      return { ok: ageMs <= 2 * this.parts.tickPeriodMs + GRACE_MS, detail };
    },
  };

  private makeGame(): void {
    const { arena, clock, gameId, schedule } = this.parts;
    const at = clock.now();
    registerQuest(arena.quests, gameId, 1, QUEST);
    const created: GameEvent = {
      type: 'GameCreated',
      data: { gameId, questId: gameId, questVersion: 1, ...NOBODYS, durationSeconds: 1, maxPlayers: 1, at },
    };
    projectEvent(arena, gameId, created, { revision: 0n, position: 0n, created: at, metadata: {} });
    schedule.add(arena.applied.game);
    this.gameCount = 1;
  }

  private connect(url: string): void {
    const socket = new WebSocket(url, [SUBPROTOCOL]);
    socket.on('message', (_data, isBinary) => {
      if (isBinary) this.lastFrameAt = this.parts.clock.now();
    });
    // Always followed by a close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.timer = setTimeout(() => this.connect(url), RECONNECT_MS);
    });
    this.socket = socket;
  }
}

const NOBODYS = { contentHash: '', ownerId: '', joinCode: null, startsAt: null };

const QUEST: CompiledQuest = {
  title: '',
  description: '',
  order: 'sequential',
  limits: { maxSpeed: 1, durationSeconds: 1, maxPlayers: 1 },
  waypointCount: 1,
  places: new Float32Array(4),
  points: new Uint16Array(1),
  treasure: new Uint8Array(1),
  clues: new Map(),
  contentHash: '',
};
