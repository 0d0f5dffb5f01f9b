import {
  offeredSubprotocols,
  parseServerText,
  PLAY_PATH,
  SUBPROTOCOL,
  type Credential,
  type Profile,
  type WelcomeMessage,
} from '@waymark/protocol';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameLedger, type LedgerWindow } from '../measure/frame-ledger.ts';
import { ABSENCE_SLACK_MS, RESUME_WITHIN_MS } from '../scenarios.ts';
import type { MeasurementPart } from '../measure/measurement-part.ts';
import type { HandlingDelay } from './handling-delay.ts';
import { RawSocket } from './raw-socket.ts';

/** Sockets of one kind, players of games or of the witness, held by this process; what they are sent goes into a ledger. */
export interface PlayerSocketsOptions {
  /** ws://host:port */
  readonly server: string;
  readonly clock: () => number;
  readonly delay: HandlingDelay;
  /** Number in the run and game, by place here. */
  readonly players: readonly { readonly player: number; readonly gameId: string }[];
}

export interface PlayOptions extends PlayerSocketsOptions {
  readonly profile: Profile;
  readonly tickets: readonly string[];
}

const CONNECTING_AT_ONCE = 100;
const WITNESS_PATH = '/witness';

/** What the sockets of the gate and those to the witness have in common. */
abstract class LedgerSockets {
  readonly ledger: FrameLedger;
  protected readonly options: PlayerSocketsOptions;
  protected readonly sockets: RawSocket[] = [];
  private ended = false;

  constructor(options: PlayerSocketsOptions) {
    this.options = options;
    this.ledger = new FrameLedger(options.players);
  }

  get count(): number {
    return this.options.players.length;
  }

  openWindow(window: LedgerWindow): void {
    this.ledger.openWindow(window);
  }

  finish(): MeasurementPart {
    this.ended = true;
    return this.ledger.finish();
  }

  close(): void {
    this.ended = true;
    for (const socket of this.sockets) socket.close();
  }

  protected async all(connectOne: (place: number) => Promise<void>): Promise<void> {
    for (let start = 0; start < this.count; start += CONNECTING_AT_ONCE) {
      const end = Math.min(this.count, start + CONNECTING_AT_ONCE);
      await Promise.all(Array.from({ length: end - start }, (_, i) => connectOne(start + i)));
    }
  }

  protected open(place: number, path: string, subprotocols: readonly string[], on: SocketEvents): RawSocket {
    const { server, clock, delay } = this.options;
    const { ledger } = this;
    const socket: RawSocket = new RawSocket(
      { server, path, subprotocols, clock },
      {
        onFrame: (view, offset, _bytes, now) => {
          ledger.frame(place, view, offset, now);
          on.frame?.(now);
        },
        onText: on.text,
        onRead: (now) => {
          const delayMs = delay.of(now);
          if (delayMs !== null) ledger.handled(delayMs);
        },
        onClose: (code, reason) => {
          if (this.sockets[place] !== socket) return;
          on.closed(code, reason);
          if (this.ended) return;
          ledger.closed(place, code);
          ledger.fault(`player ${this.options.players[place]!.player} was closed: ${code} ${reason}`);
        },
      },
    );
    this.sockets[place] = socket;
    return socket;
  }
}

export interface Return {
  /** False: it was refused, or nobody answered in time. */
  readonly isBack: boolean;
  readonly awayMs: number;
  readonly resumeMs: number;
  readonly recovered: boolean;
}

interface SocketEvents {
  readonly text: (text: string) => void;
  readonly closed: (code: number, reason: string) => void;
  readonly frame?: (now: number) => void;
}

export class WitnessSockets extends LedgerSockets {
  connect(): Promise<void> {
    return this.all(
      (place) =>
        new Promise((resolve, reject) => {
          this.ledger.connected(place, null);
          this.open(place, WITNESS_PATH, [SUBPROTOCOL], {
            text: () => undefined,
            frame: () => resolve(),
            closed: (code, reason) => reject(new Error(`the witness closed a socket: ${code} ${reason}`)),
          });
        }),
    );
  }
}

export class PlayerSockets extends LedgerSockets {
  private readonly play: PlayOptions;
  private readonly welcomes: WelcomeMessage[] = [];

  constructor(options: PlayOptions) {
    super(options);
    this.play = options;
  }

  sessionToken(place: number): string {
    return this.welcomes[place]!.sessionToken!;
  }

  connect(): Promise<void> {
    return this.all((place) => {
      const credential: Credential = { kind: 'ticket', token: this.play.tickets[place]! };
      return this.connectOne(place, credential, `${PLAY_PATH}?profile=${this.play.profile}`);
    });
  }

  /**
   * Cuts a player off, resumes after `pauseMs`, and settles with how long it was away, how long the resume took of that, and whether the session went on.
   * A server that lets nobody back is measured too: the player is not waited for longer than `giveUpAtMs`, epoch ms, and what was due to it is missing.
   */
  async drop(place: number, pauseMs: number, giveUpAtMs: number): Promise<Return> {
    const { clock } = this.options;
    const droppedAt = clock();
    const socket = this.sockets[place]!;
    delete this.sockets[place];
    socket.close();
    const revision = this.ledger.revisionOf(place);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const resumedAt = clock();
    const { epoch, sessionToken } = this.welcomes[place]!;
    const path = `${PLAY_PATH}?profile=${this.play.profile}&epoch=${epoch}&revision=${revision}`;
    const late = new AbortController();
    const isBack = await Promise.race([
      // That it was closed stands in the ledger.
      this.connectOne(place, { kind: 'session', token: sessionToken! }, path, true).then(
        () => true,
        () => false,
      ),
      sleep(Math.max(0, giveUpAtMs - resumedAt), false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    const backAt = clock();
    // What is due after the time that a return may take is the server's: it never came.
    const excusedUntil = isBack ? Math.min(backAt, resumedAt + RESUME_WITHIN_MS) : resumedAt + RESUME_WITHIN_MS;
    this.ledger.absent(place, droppedAt - ABSENCE_SLACK_MS, excusedUntil + ABSENCE_SLACK_MS);
    return {
      isBack,
      awayMs: backAt - droppedAt,
      resumeMs: backAt - resumedAt,
      recovered: isBack && (this.welcomes[place]!.resumed?.recovered ?? false),
    };
  }

  /** Settles with the welcome, or with the first frame after it. */
  private connectOne(place: number, credential: Credential, path: string, resumes = false): Promise<void> {
    return new Promise((resolve, reject) => {
      let welcome = false;
      this.open(place, path, offeredSubprotocols(credential), {
        text: (text) => {
          const message = parseServerText(text);
          if (message.type !== 'welcome') return;
          this.welcomes[place] = message;
          // Who comes back holds what it held, whatever the server says: a state that does not follow is a hole.
          this.ledger.connected(place, message.row, resumes);
          welcome = true;
          if (!resumes) resolve();
        },
        frame: () => {
          if (welcome && resumes) resolve();
        },
        closed: (code, reason) => reject(new Error(`player ${place} was closed: ${code} ${reason}`)),
      });
    });
  }
}
