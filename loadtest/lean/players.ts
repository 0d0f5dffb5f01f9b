import {
  EVENT,
  EVENT_HAS_SENT_AT,
  FRAME_KIND,
  HEADER,
  headerDueAt,
  headerKind,
  headerRevision,
  headerSkipped,
  parseServerText,
  type Profile,
} from '@waymark/protocol';
import { LatencyHistogram, type LatencySummary } from './latency-histogram.ts';
import { RawSocket } from './raw-socket.ts';
import type { Games } from './set-up.ts';

/** All players of a load, one socket each: what every one of them got, and how late. A frame that never came counts as late by a whole period. */
export interface PlayersOptions {
  readonly games: Games;
  readonly gatewayUrl: string;
  readonly profile: Profile;
  readonly clock: () => number;
}

const CONNECTING_AT_ONCE = 100;
const TICK_MS = 150;

export class Players {
  private readonly options: PlayersOptions;
  private readonly sockets: RawSocket[] = [];
  private readonly tokens: string[] = [];
  private readonly frameCount: Int32Array;
  private readonly frameMaxMs: Float64Array;
  private readonly revision: Float64Array;
  private tickLag = new LatencyHistogram();
  private eventLag = new LatencyHistogram();
  private measuring = false;
  private skipped = 0;
  private holes = 0;
  private closes: string[] = [];

  constructor(options: PlayersOptions) {
    this.options = options;
    const { count } = options.games;
    this.frameCount = new Int32Array(count);
    this.frameMaxMs = new Float64Array(count);
    this.revision = new Float64Array(count).fill(-1);
  }

  sessionToken(player: number): string {
    return this.tokens[player]!;
  }

  async connect(say: (line: string) => void): Promise<void> {
    const { count } = this.options.games;
    for (let start = 0; start < count; start += CONNECTING_AT_ONCE) {
      const end = Math.min(count, start + CONNECTING_AT_ONCE);
      await Promise.all(Array.from({ length: end - start }, (_, i) => this.connectOne(start + i)));
    }
    say(`${count} sockets are connected`);
  }

  startMeasuring(): void {
    this.frameCount.fill(0);
    this.frameMaxMs.fill(0);
    this.tickLag = new LatencyHistogram();
    this.eventLag = new LatencyHistogram();
    this.skipped = 0;
    this.measuring = true;
  }

  stopMeasuring(seconds: number): { tickLag: LatencySummary; eventLag: LatencySummary; frames: unknown } {
    this.measuring = false;
    const expected = Math.floor((seconds * 1_000) / TICK_MS);
    let missing = 0;
    let worst = 0;
    for (let player = 0; player < this.frameCount.length; player++) {
      missing += Math.max(0, expected - 1 - this.frameCount[player]!);
      worst = Math.max(worst, this.frameMaxMs[player]!);
    }
    return {
      tickLag: this.tickLag.summary(),
      eventLag: this.eventLag.summary(),
      frames: {
        received: this.tickLag.count,
        expectedEach: expected,
        missing,
        skipped: this.skipped,
        revisionHoles: this.holes,
        worstPlayerMaxMs: Math.round(worst * 1_000) / 1_000,
        closes: this.closes.slice(0, 5),
      },
    };
  }

  close(): void {
    this.measuring = false;
    for (const socket of this.sockets) socket.close();
  }

  private connectOne(player: number): Promise<void> {
    const { games, gatewayUrl, profile, clock } = this.options;
    return new Promise((resolve, reject) => {
      this.sockets[player] = new RawSocket(
        { gatewayUrl, ticket: games.tickets[player]!, profile, clock },
        {
          onFrame: (view, offset, _bytes, now) => this.frame(player, view, offset, now),
          onText: (text) => {
            const message = parseServerText(text);
            if (message.type !== 'welcome') return;
            this.tokens[player] = message.sessionToken!;
            resolve();
          },
          onClose: (code, reason) => {
            if (this.measuring || this.tokens[player] === undefined) this.closes.push(`${code} ${reason}`);
            reject(new Error(`player ${player} was closed: ${code} ${reason}`));
          },
        },
      );
    });
  }

  private frame(player: number, view: DataView, offset: number, now: number): void {
    const kind = headerKind(view, offset);
    const revision = headerRevision(view, offset);
    if (kind === FRAME_KIND.event) {
      if (revision !== this.revision[player]! + 1) this.holes += 1;
      this.revision[player] = revision;
      if (this.measuring) this.event(view, offset + HEADER.bytes, now);
      return;
    }
    if (this.revision[player] === -1) this.revision[player] = revision;
    if (kind === FRAME_KIND.reveal || !this.measuring) return;
    const lagMs = now - headerDueAt(view, offset);
    this.tickLag.record(lagMs);
    this.frameCount[player]! += 1;
    this.skipped += headerSkipped(view, offset);
    if (lagMs > this.frameMaxMs[player]!) this.frameMaxMs[player] = lagMs;
  }

  private event(view: DataView, payload: number, now: number): void {
    if ((view.getUint8(payload + EVENT.at.flags) & EVENT_HAS_SENT_AT) === 0) return;
    this.eventLag.record(now - view.getFloat64(payload + EVENT.at.sentAt, true));
  }
}
