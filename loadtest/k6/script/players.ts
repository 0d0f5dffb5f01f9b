/**
 * k6's half of the gate: a few virtual users with many sockets each, because a virtual user is a JavaScript engine of its own. Each holds its
 * players from before the window until after it, and reports once, as one line on the console. Frames are timed by `event.timestamp`, taken
 * where k6 reads the socket, with fractions of a millisecond; `Date.now()` has whole ones and comes after the queue.
 *
 * Bundled by bundle.ts; run by run-k6.ts, or by hand: WAYMARK_K6_PLAN=plan.json k6 run players.js
 */
import { SharedArray } from 'k6/data';
import { Counter } from 'k6/metrics';
import { setTimeout } from 'k6/timers';
import { WebSocket } from 'k6/websockets';
import { offeredSubprotocols, parseServerText, PLAY_PATH, SUBPROTOCOL } from '@waymark/protocol';
import { FrameLedger } from '../../measure/frame-ledger.ts';
import { CONNECTS_MAX, FirstMessage } from '../first-message.ts';
import { dealtTo, type K6Line, type K6Plan, type K6Player } from '../k6-plan.ts';

declare const console: { log(line: string): void };

const file = __ENV['WAYMARK_K6_PLAN']!;
/** Parsed once for all virtual users; a player is copied when it is read. */
const players = new SharedArray<K6Player>('players', () => [...(JSON.parse(open(file)) as K6Plan).players]);
const plan = new SharedArray<Omit<K6Plan, 'players'>>('plan', () => {
  const { players: _, ...rest } = JSON.parse(open(file)) as K6Plan;
  return [rest];
})[0]!;

const SPREAD_MS = 15;
const HANDLING_SAMPLE_EACH = 16;

const framesDue = new Counter('waymark_frames_due');
const framesReceived = new Counter('waymark_frames_received');
const playersMeasured = new Counter('waymark_players_measured');
const faults = new Counter('waymark_faults');

export const options = {
  scenarios: {
    players: {
      executor: 'per-vu-iterations',
      vus: plan.vus,
      iterations: 1,
      maxDuration: `${Math.ceil((plan.untilMs - Date.now() + plan.graceMs) / 1_000) + 30}s`,
      gracefulStop: '0s',
    },
  },
  // An empty metric passes any threshold on lags; counts do not.
  thresholds: {
    waymark_players_measured: [`count==${players.length}`],
    waymark_faults: ['count==0'],
    waymark_frames_received: [`count>=${players.length}`],
  },
  systemTags: [],
  discardResponseBodies: true,
};

export default function hold(): void {
  const mine = dealtTo(__VU, plan.vus, numbers(players.length)).map((place) => players[place]!);
  const witnesses = dealtTo(__VU, plan.vus, numbers(plan.witness?.sockets ?? 0));
  const ledger = new FrameLedger(mine.map(({ player, gameId }) => ({ player, gameId })));
  const witness = new FrameLedger(witnesses.map((player) => ({ player, gameId: 'witness' })));
  ledger.openWindow(plan);
  witness.openWindow(plan);
  const sockets: WebSocket[] = [];
  let ended = false;
  let welcomes = 0;

  mine.forEach(({ session }, place) => setTimeout(() => play(place, session, CONNECTS_MAX), place * SPREAD_MS));
  witnesses.forEach((_, place) => {
    witness.connected(place, null);
    hear(witness, place, `${plan.witness!.url}/witness`, [SUBPROTOCOL]);
  });
  setTimeout(complain, Math.max(0, plan.fromMs - Date.now()));
  setTimeout(finish, plan.untilMs + plan.graceMs - Date.now());

  function play(place: number, session: string, connectsLeft: number): void {
    const offered = offeredSubprotocols({ kind: 'session', token: session });
    const again = connectsLeft > 1 ? (): void => play(place, session, connectsLeft - 1) : null;
    hear(ledger, place, `${plan.gatewayUrl}${PLAY_PATH}?profile=${plan.profile}`, offered, again);
  }

  /** `again`: makes the connection anew; null when what comes is taken as it comes. */
  function hear(
    into: FrameLedger,
    place: number,
    url: string,
    subprotocols: string[],
    again: (() => void) | null = null,
  ): void {
    // The types know no subprotocols, k6 takes them.
    const socket = new WebSocket(url, subprotocols as unknown as null);
    socket.binaryType = 'arraybuffer';
    sockets.push(socket);
    let count = 0;
    let isLeft = false;
    const first = new FirstMessage(again === null);
    socket.addEventListener('message', (event) => {
      if (isLeft || !('data' in event)) return;
      const { data, timestamp } = event;
      if (!first.takes(typeof data === 'string')) {
        isLeft = true;
        socket.close();
        return again!();
      }
      try {
        if (typeof data === 'string') welcomes += welcome(into, place, data) ? 1 : 0;
        else into.frame(place, new DataView(data as ArrayBuffer), 0, timestamp);
      } catch (error) {
        into.fault(`player ${place} of user ${__VU}: ${String(error)}`);
      }
      count += 1;
      if (count % HANDLING_SAMPLE_EACH === 0) into.handled(Date.now() - timestamp);
    });
    socket.addEventListener('error', (event) => {
      if (!ended && !isLeft && 'error' in event) into.fault(`player ${place} of user ${__VU}: ${event.error}`);
    });
    socket.addEventListener('close', (event) => {
      if (ended || isLeft) return;
      const { code = 1006, reason = '' } = event as unknown as { code?: number; reason?: string };
      into.closed(place, code);
      into.fault(`player ${place} of user ${__VU} was closed: ${code} ${reason}`);
    });
  }

  /** Frames of a socket that came too late to be there are missing ones, and look like the server's fault. */
  function complain(): void {
    const missing = mine.length - welcomes;
    if (missing > 0)
      ledger.fault(`${missing} of ${mine.length} players of user ${__VU} had no welcome when the window began`);
  }

  function finish(): void {
    const line: K6Line = {
      runId: plan.runId,
      vu: __VU,
      players: ledger.finish(),
      witness: plan.witness === null ? null : witness.finish(),
    };
    ended = true;
    console.log(JSON.stringify(line));
    for (const socket of sockets) socket.close();
    for (const player of line.players.players) {
      framesDue.add(player.framesDue);
      framesReceived.add(player.framesReceived);
    }
    playersMeasured.add(line.players.players.length);
    faults.add(line.players.faultCount + (line.witness?.faultCount ?? 0));
  }
}

function welcome(into: FrameLedger, place: number, text: string): boolean {
  const message = parseServerText(text);
  if (message.type !== 'welcome') return false;
  into.connected(place, message.row);
  return true;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
