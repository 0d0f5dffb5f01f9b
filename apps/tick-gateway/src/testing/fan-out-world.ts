import { SOCKET_PENDING_MAX } from '@waymark/base';
import { readFrame, type Frame } from '@waymark/protocol';
import { createFrameContext, SlabPool } from '@waymark/tick-engine';
import { FanOut } from '../hot/fan-out.ts';
import { SEND_BROKEN, SEND_FULL, SEND_TAKEN, type SendOutcome, type Transport } from '../hot/frame-transport.ts';
import { GameSocket, type SocketOwner } from '../hot/game-socket.ts';
import { TestArena } from './test-arena.ts';

/** One game, a fan-out and sockets that are lists, for its unit tests. */

/** A transport that keeps what it is given, and is busy or broken when the test says so. A busy one queues as the real one does. */
export class FakeTransport implements Transport {
  readonly messages: Uint8Array[] = [];
  /** Slabs that were handed over, in order. */
  readonly slabs: number[] = [];
  readonly waiting: number[] = [];
  isBusy = false;
  isBroken = false;
  isClosed = false;
  flushes = 0;

  private readonly pool: SlabPool;

  constructor(pool: SlabPool) {
    this.pool = pool;
  }

  get idle(): boolean {
    return !this.isBusy && this.waiting.length === 0;
  }

  get frames(): Frame[] {
    return this.messages.flatMap((message) => unwrap(message)).map((bytes) => readFrame(bytes));
  }

  send(slab: number): SendOutcome {
    return this.write(slab);
  }

  sendInOrder(slab: number): SendOutcome {
    if (this.idle) return this.write(slab);
    if (this.waiting.length === SOCKET_PENDING_MAX) return SEND_FULL;
    this.pool.retain(slab);
    this.waiting.push(slab);
    return SEND_TAKEN;
  }

  sendCopies(bytes: Uint8Array): SendOutcome {
    if (this.isBroken) return SEND_BROKEN;
    this.messages.push(bytes);
    return SEND_TAKEN;
  }

  flush(): void {
    this.flushes += 1;
    if (this.isBusy) return;
    for (const slab of this.waiting.splice(0)) {
      this.write(slab);
      this.pool.release(slab);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const slab of this.waiting.splice(0)) this.pool.release(slab);
  }

  private write(slab: number): SendOutcome {
    if (this.isBroken) return SEND_BROKEN;
    this.slabs.push(slab);
    this.messages.push(this.pool.message(slab).slice());
    return SEND_TAKEN;
  }
}

/** Payloads of the WebSocket messages in `bytes`. */
function unwrap(bytes: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const isShort = bytes[at + 1]! < 126;
    const start = at + (isShort ? 2 : 4);
    const end = start + (isShort ? bytes[at + 1]! : bytes[at + 2]! * 256 + bytes[at + 3]!);
    payloads.push(bytes.slice(start, end));
    at = end;
  }
  return payloads;
}

export interface Seated {
  readonly socket: GameSocket;
  readonly transport: FakeTransport;
  readonly told: string[];
}

export class FanOutWorld {
  readonly test = new TestArena();
  readonly pool: SlabPool;
  readonly fanOut: FanOut;
  readonly context = createFrameContext();
  readonly game: number;
  /** Called when a socket hears of its end, before the test's own checks. */
  onTold: (socket: GameSocket) => void = () => undefined;
  private tickNumber = 0;

  constructor(slabsMax = 256) {
    this.pool = new SlabPool({ slabsMax, poison: true });
    this.fanOut = new FanOut({ arena: this.test.arena, pool: this.pool });
    this.game = this.test.game('g', ['ada', 'bob'], { waypointCount: 200 });
  }

  seat(options: { player?: string; full?: boolean; game?: number; phase?: number } = {}): Seated {
    const { player, full = false, game = this.game, phase = Number.POSITIVE_INFINITY } = options;
    const transport = new FakeTransport(this.pool);
    const told: string[] = [];
    const owner: SocketOwner = {
      onSlow: (urgent) => void (told.push(urgent ? 'slow, urgent' : 'slow'), this.onTold(socket)),
      onBroken: () => void (told.push('broken'), this.onTold(socket)),
      onHeartbeatDue: () => void (told.push('heartbeat'), this.onTold(socket)),
    };
    const slot = player === undefined ? -1 : this.test.connected('g', player);
    const socket = new GameSocket({ game, player: slot, full, transport, owner, counts: this.fanOut.counts });
    this.fanOut.attach(socket, this.context.now, phase);
    return { socket, transport, told };
  }

  /** As `seat`, and past its first keyframe. */
  inStep(options: Parameters<FanOutWorld['seat']>[0] = {}): Seated {
    const seated = this.seat(options);
    this.fanOut.sendKeyframe(seated.socket, 0, this.context);
    seated.transport.messages.length = 0;
    seated.transport.slabs.length = 0;
    return seated;
  }

  tick(times = 1, game = this.game): void {
    for (let i = 0; i < times; i++) {
      this.tickNumber += 1;
      this.context.tick = this.tickNumber;
      this.context.dueAt = this.tickNumber * 150;
      this.context.now = this.context.dueAt + 0.5;
      this.fanOut.tickGame(game, this.context);
    }
  }

  event(): void {
    const isPaused = this.test.arena.games.status[this.game] === 2;
    this.test.apply(
      'g',
      isPaused ? { type: 'GameResumed', data: { at: 2, endsAt: 3 } } : { type: 'GamePaused', data: { at: 2 } },
    );
    this.fanOut.broadcastEvent(this.test.arena.applied, this.context);
  }
}
