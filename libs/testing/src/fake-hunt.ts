import type { EventPayload, FrameContent, FrameMeta, PlayerRecord, WelcomeMessage } from '@waymark/protocol';
import { encodeFrame } from '@waymark/protocol';

import type { FakeAnswer } from './fake-fetch.ts';
import { FakeFetch } from './fake-fetch.ts';
import type { FakeSocket } from './fake-socket.ts';
import { FakeNetwork } from './fake-socket.ts';
import { sampleWelcome } from './sample-welcome.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/**
 * A Waymark that is the test: a command app that admits whoever joins (or says what `answers` has next), a gateway whose sockets the
 * test plays frame by frame, a clock to turn. `environment` goes into a client's options.
 */
export class FakeHunt {
  readonly clock = new VirtualClock();
  readonly network = new FakeNetwork();
  readonly random: SeededRandom;
  /** Answers to come before joining succeeds again, oldest first; an Error is a network that is gone. */
  readonly answers: (FakeAnswer | Error | 'silence')[] = [];
  readonly http = new FakeFetch(({ method, url }) => {
    const next = this.answers.shift();
    if (next instanceof Error) throw next;
    if (next !== undefined) return next;
    if (method === 'POST' && url.endsWith('/players')) return { status: 201, body: this.joined() };
    return { status: 200, body: { revision: 9, position: 90, points: 10, score: 40 } };
  });
  private tickets = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  get environment() {
    return {
      fetch: this.http.fetch,
      WebSocket: this.network.WebSocket,
      now: this.clock.now,
      random: this.random.fraction,
      uuid: () => this.random.uuid(),
      setTimeout: this.clock.setTimeout,
      clearTimeout: this.clock.clearTimeout,
    };
  }

  /** Accepts a socket and sends the welcome. */
  welcome(socket: FakeSocket, fields: Partial<WelcomeMessage> = {}): void {
    socket.accept();
    socket.sendText(sampleWelcome({ serverTime: this.clock.now(), ...fields }));
  }

  /** Sends a frame that is due now. */
  send(
    socket: FakeSocket,
    meta: Partial<FrameMeta> & Pick<FrameMeta, 'revision' | 'sequence'>,
    said: FrameContent,
  ): void {
    socket.sendBytes(encodeFrame({ tick: meta.sequence, dueAt: this.clock.now(), ...meta }, said));
  }

  private joined(): object {
    this.tickets += 1;
    const ticket = `ticket-${this.tickets}`;
    return { playerId: 'ada', ticket, gatewayUrl: 'ws://gateway.test:3001', revision: 7 };
  }
}

/** A player's record, standing at the origin unless told otherwise. */
export function samplePlayer(fields: Partial<PlayerRecord> = {}): PlayerRecord {
  return {
    row: 0,
    present: true,
    connected: true,
    placed: true,
    x: 0,
    y: 0,
    z: 0,
    score: 0,
    reachedCount: 0,
    nextWaypoint: 0,
    moveSequence: 0,
    ...fields,
  };
}

/** An event frame's payload with everything at "none", and what the test says. */
export function sampleEvent(fields: Partial<EventPayload> & Pick<EventPayload, 'type'>): EventPayload {
  return {
    row: null,
    waypoint: null,
    points: 0,
    score: 0,
    treasure: false,
    sentAt: null,
    position: 1,
    at: 1_795_435_200_000,
    endsAt: 0,
    reason: null,
    playerId: '',
    name: '',
    ...fields,
  };
}

export function sampleKeyframe(players: readonly PlayerRecord[] = [samplePlayer()]): FrameContent {
  return { kind: 'keyframe', game: { startedAt: null, endsAt: null, windowRow: null, waypointCount: 12 }, players };
}
