import {
  FRAME_KIND,
  headerDueAt,
  headerKind,
  headerRevision,
  headerTick,
  offeredSubprotocols,
  parseServerText,
  PLAY_PATH,
} from '@waymark/protocol';
import { AuthorClient } from '@waymark/client';
import { questDocument, walkOf } from '../companion/games.ts';
import type { ExactCounters } from '../judge/evidence.ts';

/**
 * Figures that one commit always gives alike, from a short game that is played by a script after the window: one player, a fixed walk, each
 * reach waited for. A change of any of them is a change of what is sent, however quick or slow the machine is.
 */
const WAYPOINTS = 64;
const REACHES = 20;
/** After the last event a delta may still tell of it; what comes then is the frame of a game in which nothing happens. */
const QUIET_FRAMES = 4;
const WITHIN_MS = 15_000;

interface Seen {
  /** Sizes of messages by kind. */
  readonly bytes: Map<number, number[]>;
  deltasSinceEvent: number;
  revision: number;
  /** [tick, due] of the first and the last state frame. */
  readonly ticks: [tick: number, dueAt: number][];
}

export async function exactCounters(target: {
  readonly commandUrl: string;
  readonly gatewayUrl: string;
  readonly token: string;
  readonly gameMade?: (gameId: string) => void;
}): Promise<ExactCounters> {
  const author = new AuthorClient(target);
  const { questId } = await author.draft(questDocument(walkOf(0, WAYPOINTS), 'Counted'));
  await author.publish(questId);
  const { gameId } = await author.createGame({ questId, open: true });
  target.gameMade?.(gameId);
  await author.start(gameId);
  const { playerId, ticket } = await post<{ playerId: string; ticket: string }>(
    `${target.commandUrl}/games/${gameId}/players`,
    '{"name":"counted"}',
  );
  const socket = new WebSocket(
    `${target.gatewayUrl}${PLAY_PATH}`,
    offeredSubprotocols({ kind: 'ticket', token: ticket }),
  );
  try {
    return await play(socket, `${target.commandUrl}/games/${gameId}/players/${playerId}/reach`);
  } finally {
    socket.close(1000);
  }
}

async function play(socket: WebSocket, reachUrl: string): Promise<ExactCounters> {
  const seen: Seen = { bytes: new Map(), deltasSinceEvent: 0, revision: -1, ticks: [] };
  let sessionToken: string | null = null;
  let wake = (): void => undefined;
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
    if (typeof data === 'string') {
      const message = parseServerText(data);
      if (message.type === 'welcome') ({ sessionToken } = message);
    } else note(seen, new DataView(data as ArrayBuffer));
    wake();
  });
  socket.addEventListener('close', () => wake());
  const late = AbortSignal.timeout(WITHIN_MS);
  late.addEventListener('abort', () => wake());
  const until = async (what: string, is: () => boolean): Promise<void> => {
    while (!is()) {
      if (late.aborted || socket.readyState > WebSocket.OPEN) throw new Error(`the counted game got no ${what}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  await until('keyframe', () => sessionToken !== null && seen.revision >= 0);
  const first = seen.revision;
  const places = walkOf(0, WAYPOINTS);
  for (let waypoint = 0; waypoint < REACHES; waypoint++) {
    const { x, y, z } = places[waypoint]!;
    const { revision } = await post<{ revision: number }>(
      reachUrl,
      `{"waypoint":${waypoint},"at":[${x},${y},${z}]}`,
      sessionToken!,
    );
    await until('event', () => seen.revision >= revision);
  }
  await until('quiet frame', () => seen.deltasSinceEvent >= QUIET_FRAMES);
  const [firstTick, lastTick] = [seen.ticks[0]!, seen.ticks.at(-1)!];
  const periodMs = (lastTick[1] - firstTick[1]) / (lastTick[0] - firstTick[0]);
  return {
    bytesAFrame: bytesAFrame(seen),
    framesAPlayerAndSecond: rounded(1_000 / periodMs),
    // The allocation tests count them, in a process that does nothing else.
    allocationsATick: null,
    eventsACommand: (seen.revision - first) / REACHES,
  };
}

function note(seen: Seen, view: DataView): void {
  const kind = headerKind(view, 0);
  const sizes = seen.bytes.get(kind) ?? [];
  sizes.push(view.byteLength);
  seen.bytes.set(kind, sizes);
  seen.revision = Math.max(seen.revision, headerRevision(view, 0));
  if (kind === FRAME_KIND.event) seen.deltasSinceEvent = 0;
  if (kind !== FRAME_KIND.delta) return;
  seen.deltasSinceEvent += 1;
  seen.ticks.push([headerTick(view, 0), headerDueAt(view, 0)]);
}

/** Of one of each kind: the first keyframe and reveal, the mean event, the delta of a game in which nothing happens. */
function bytesAFrame({ bytes }: Seen): number {
  const of = (kind: number): readonly number[] => bytes.get(kind) ?? [];
  const events = of(FRAME_KIND.event);
  const one = [
    of(FRAME_KIND.keyframe)[0]!,
    of(FRAME_KIND.delta).at(-1)!,
    events.reduce((sum, size) => sum + size, 0) / events.length,
    of(FRAME_KIND.reveal)[0] ?? 0,
  ];
  return rounded(one.reduce((sum, size) => sum + size, 0) / one.length);
}

async function post<T>(url: string, body: string, token?: string): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body,
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
