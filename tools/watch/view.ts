import type { EventPayload, GameStatusName } from '@waymark/protocol';
import colors from 'picocolors';
import type { LagSummary } from './lag-window.ts';

/** What `npm run watch` shows, as lines of text. Pure: main.ts collects, this lays out. */
export interface GameView {
  readonly title: string;
  readonly gameId: string;
  readonly status: GameStatusName;
  /** 'connected', or what it is instead. */
  readonly connection: string;
  /** Epoch ms by the server's clock. */
  readonly now: number;
  readonly endsAt: number | null;
  readonly waypointCount: number;
  readonly players: readonly PlayerView[];
  readonly lag: LagSummary;
  /** Latest last. */
  readonly feed: readonly string[];
}

export interface PlayerView {
  readonly name: string;
  readonly present: boolean;
  readonly connected: boolean;
  readonly placed: boolean;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly score: number;
  readonly reachedCount: number;
  readonly nextWaypoint: number | null;
}

const NAME_CHARS = 16;
const PROMISE_MS = 35;

export function viewLines(view: GameView): string[] {
  return [
    `${colors.bold(printable(view.title))}  ${statusText(view)}`,
    colors.dim(`game ${view.gameId}, ${view.waypointCount} waypoints`),
    '',
    colors.dim(`${'player'.padEnd(NAME_CHARS)}  score  reached         next                  position (m)`),
    ...[...view.players].sort((a, b) => b.score - a.score).map((player) => playerLine(player, view.waypointCount)),
    ...(view.players.length === 0 ? [colors.dim('nobody has joined yet')] : []),
    '',
    lagText(view.lag),
    '',
    ...view.feed,
  ];
}

/** All in one line, for output that is not a terminal. */
export function viewLine(view: GameView): string {
  const players = view.players.map(
    ({ name, reachedCount, score }) => `${printable(name)} ${score} (${reachedCount}/${view.waypointCount})`,
  );
  return [statusText(view), ...players, lagText(view.lag)].join(' | ');
}

export function eventLine(event: EventPayload, name: string): string {
  const time = new Date(event.at).toTimeString().slice(0, 8);
  return `${time} ${eventText(event, printable(name))}`;
}

function eventText(event: EventPayload, name: string): string {
  switch (event.type) {
    case 'GameStarted':
      return 'the game has started';
    case 'GamePaused':
      return 'the game is paused';
    case 'GameResumed':
      return 'the game goes on';
    case 'GameEnded':
      return endText(event, name);
    case 'PlayerJoined':
      return `${name} has joined`;
    case 'PlayerLeft':
      return `${name} has left`;
    case 'WaypointReached':
      return `${name} has reached waypoint ${event.waypoint}${event.treasure ? ', the treasure' : ''}: +${event.points}, now ${event.score}`;
    default:
      return event.type;
  }
}

function endText({ reason }: EventPayload, name: string): string {
  if (reason === 'treasure') return `the game is over: ${name} has found the treasure`;
  return reason === 'time' ? 'the game is over: the time is up' : 'the game was ended by its owner';
}

function playerLine(player: PlayerView, waypointCount: number): string {
  const place = player.placed
    ? [player.x, player.y, player.z].map((metres) => metres.toFixed(1).padStart(8)).join(' ')
    : '-';
  const next = player.nextWaypoint === null ? '-' : String(player.nextWaypoint);
  const cells = [
    fit(printable(player.name), NAME_CHARS),
    String(player.score).padStart(6),
    `${player.reachedCount}/${waypointCount}`.padStart(12),
    next.padStart(8),
    place.padStart(28),
  ];
  const line = cells.join(' ');
  if (!player.present) return colors.dim(`${line}  left`);
  return player.connected ? line : `${line}  ${colors.yellow('not connected')}`;
}

function statusText({ connection, endsAt, now, status }: GameView): string {
  if (connection !== 'connected') return colors.yellow(connection);
  if (status !== 'running') return colors.yellow(status);
  return endsAt === null ? colors.green(status) : `${colors.green(status)}, ${timeText(endsAt - now)} left`;
}

function timeText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const clock = `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

function lagText({ framesPerSecond, p50Ms, p99Ms, worstMs }: LagSummary): string {
  if (p50Ms === null || p99Ms === null || worstMs === null) return 'no frames yet';
  const color = p99Ms <= PROMISE_MS ? colors.green : colors.red;
  const lag = `lag p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, worst ${worstMs.toFixed(1)} ms`;
  return `${framesPerSecond.toFixed(1)} frames/s, ${color(lag)}`;
}

/** Names and titles are other people's text: nothing of it may steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

function fit(text: string, chars: number): string {
  const points = [...text];
  return points.length > chars
    ? `${points.slice(0, chars - 1).join('')}…`
    : text.padEnd(chars + text.length - points.length);
}
