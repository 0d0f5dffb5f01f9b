import type { ByeMessage, ErrorMessage, Frame, HuntState, Move, WelcomeMessage } from '@waymark/protocol';
import {
  FrameScratch,
  MOVE,
  TextError,
  applyFrame,
  applyWelcome,
  clockRequestText,
  parseServerText,
  readFrame,
  writeMove,
} from '@waymark/protocol';

import type { ClockOffset } from './clock-offset.ts';
import type { Environment, SocketLike } from './environment.ts';

/**
 * The life of one socket: it is opened, says welcome, feeds the state, and ends exactly once. It ends by itself when frames stop coming,
 * when one does not follow from the last (rule FR8), or when a message cannot be read; HuntClient decides what comes after.
 */
export interface ConnectionHandler {
  welcomed(welcome: WelcomeMessage): void;
  /** A frame that has been applied. `replayed`: an event of before the connection, out of a resume. */
  framed(frame: Frame, replayed: boolean): void;
  refused(error: ErrorMessage): void;
  /** The last call. */
  ended(end: ConnectionEnd): void;
}

export interface ConnectionEnd {
  /** Of the close frame; 1006 where there was none, or when the client gave up on it. */
  readonly code: number;
  readonly reason: string;
  readonly bye: ByeMessage | null;
  readonly welcomed: boolean;
}

/** From opening to welcome. */
export const WELCOME_TIMEOUT_MS = 10_000;
/** Tick periods without a frame after which a connection is dead, whatever TCP thinks. */
export const SILENT_TICKS_MAX = 10;
/** Round trips for the clock at the start of a connection, and the pause between them. */
export const CLOCK_SAMPLES_FIRST = 5;
export const CLOCK_SAMPLE_GAP_MS = 100;
/** Between two later round trips. */
export const CLOCK_RESAMPLE_MS = 20_000;

export interface ConnectionParts {
  readonly environment: Environment;
  readonly state: HuntState;
  readonly clock: ClockOffset;
  readonly handler: ConnectionHandler;
}

export class Connection {
  private readonly environment: Environment;
  private readonly state: HuntState;
  private readonly clock: ClockOffset;
  private readonly handler: ConnectionHandler;
  private readonly socket: SocketLike;
  private readonly scratch = new FrameScratch();
  private readonly timers = new Map<'welcome' | 'silence' | 'clock', unknown>();
  private over = false;
  private wasWelcomed = false;
  private bye: ByeMessage | null = null;
  private heardAt = 0;
  private silenceMaxMs = 0;
  private clockSentAt = Number.NaN;
  private clockSamples = 0;

  constructor(parts: ConnectionParts, url: string, protocols: string[]) {
    this.environment = parts.environment;
    this.state = parts.state;
    this.clock = parts.clock;
    this.handler = parts.handler;
    this.socket = new parts.environment.WebSocket(url, protocols);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('message', (event) => {
      this.receive(event.data);
    });
    this.socket.addEventListener('close', (event) => {
      this.finish(event.code, event.reason);
    });
    // An error is always followed by a close, which says more; but Node ends the process for one that nobody listens to.
    this.socket.addEventListener('error', () => {});
    this.arm('welcome', WELCOME_TIMEOUT_MS, () => {
      this.abandon('no welcome');
    });
  }

  /** False when the socket is not open: a move is worth nothing later. */
  sendMove(move: Readonly<Move>): boolean {
    if (this.over || this.socket.readyState !== SOCKET_OPEN) return false;
    const view = new DataView(new ArrayBuffer(MOVE.bytes));
    writeMove(view, 0, move);
    this.socket.send(new Uint8Array(view.buffer));
    return true;
  }

  /** Ends it without calling `ended`. */
  close(reason: string): void {
    this.release();
    this.socket.close(1000, reason);
  }

  private receive(data: unknown): void {
    if (this.over) return;
    if (typeof data === 'string') this.receiveText(data);
    else this.receiveFrame(data as ArrayBuffer);
  }

  private receiveText(text: string): void {
    let message;
    try {
      message = parseServerText(text);
    } catch (error) {
      // A type that this version does not know is passed over (rule TX2).
      if (error instanceof TextError && error.code === 'unknown-type') return;
      this.abandon(`unreadable text: ${String(error)}`);
      return;
    }
    switch (message.type) {
      case 'welcome':
        this.welcome(message);
        return;
      case 'error':
        this.handler.refused(message);
        return;
      case 'clock':
        if (message.clientTime !== this.clockSentAt) return;
        this.clock.sample(this.clockSentAt, message.serverTime, this.environment.now());
        this.clockSentAt = Number.NaN;
        return;
      case 'bye':
        this.bye = message;
        return;
    }
  }

  private welcome(welcome: WelcomeMessage): void {
    this.disarm('welcome');
    this.wasWelcomed = true;
    this.heardAt = this.environment.now();
    this.silenceMaxMs = SILENT_TICKS_MAX * welcome.tickPeriodMs;
    this.clock.seed(welcome.serverTime, this.heardAt);
    applyWelcome(this.state, welcome);
    this.arm('silence', this.silenceMaxMs, this.checkSilence);
    this.askClock();
    this.handler.welcomed(welcome);
  }

  private receiveFrame(data: ArrayBuffer): void {
    let frame: Frame;
    try {
      frame = readFrame(data, this.scratch);
    } catch (error) {
      this.abandon(`unreadable frame: ${String(error)}`);
      return;
    }
    if (!this.wasWelcomed) {
      this.abandon('a frame before the welcome');
      return;
    }
    this.heardAt = this.environment.now();
    const replayed = !this.state.synced;
    const outcome = applyFrame(this.state, frame);
    if (outcome === 'applied') this.handler.framed(frame, replayed);
    else this.abandon(outcome);
  }

  /** One timer that looks at the time of the last frame; re-arming it for each frame would cost more than the frame. */
  private readonly checkSilence = (): void => {
    const silentMs = this.environment.now() - this.heardAt;
    // An ended game needs no watching: the server closes with 4503 when everybody has had the last frame.
    if (silentMs >= this.silenceMaxMs && this.state.status !== 'ended') {
      this.abandon('no frames');
      return;
    }
    this.arm(
      'silence',
      Math.max(this.silenceMaxMs - silentMs, this.silenceMaxMs / SILENT_TICKS_MAX),
      this.checkSilence,
    );
  };

  private readonly askClock = (): void => {
    this.clockSamples += 1;
    const pauseMs = this.clockSamples < CLOCK_SAMPLES_FIRST ? CLOCK_SAMPLE_GAP_MS : CLOCK_RESAMPLE_MS;
    this.arm('clock', pauseMs, this.askClock);
    if (this.socket.readyState !== SOCKET_OPEN) return;
    this.clockSentAt = this.environment.now();
    this.socket.send(clockRequestText(this.clockSentAt));
  };

  /** Gives up on the socket without waiting for its close, which may never come. */
  private abandon(reason: string): void {
    if (this.over) return;
    this.socket.close(1000, cut(reason));
    this.finish(CLOSE_ABNORMAL, reason);
  }

  private finish(code: number, reason: string): void {
    if (this.over) return;
    this.release();
    this.handler.ended({ code, reason, bye: this.bye, welcomed: this.wasWelcomed });
  }

  private release(): void {
    this.over = true;
    for (const timer of this.timers.values()) this.environment.clearTimeout(timer);
    this.timers.clear();
  }

  private arm(name: 'welcome' | 'silence' | 'clock', delayMs: number, run: () => void): void {
    this.timers.set(name, this.environment.setTimeout(run, delayMs));
  }

  private disarm(name: 'welcome' | 'silence' | 'clock'): void {
    this.environment.clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}

const SOCKET_OPEN = 1;
const CLOSE_ABNORMAL = 1006;

/** A close frame has room for 123 bytes. */
function cut(reason: string): string {
  return reason.slice(0, 40);
}
