import { PLAYERS_PER_GAME_MAX, WINDOW_WAYPOINTS_MAX } from '@waymark/base';
import type { CompiledQuest, GameCreated, GameEvent } from '@waymark/domain';
import type { GameStatusName, Move } from '@waymark/protocol';

/**
 * A game as one would write it without a thought for speed: objects, sets, a fresh list for each question. What the tick engine does is
 * compared with it. Nothing is shared with the engine, not the speed rule and not the window.
 */
export interface NaivePlayer {
  readonly playerId: string;
  readonly row: number;
  name: string;
  present: boolean;
  connected: boolean;
  /** Null while not known. */
  place: readonly [x: number, y: number, z: number] | null;
  placedAt: number;
  /** Milliseconds of travel at full speed that are saved up, or overdrawn. */
  savedMs: number;
  /** Null before the first move of a connection. */
  moveSequence: number | null;
  score: number;
  readonly reached: Set<number>;
}

export type NaiveMoveResult = 'accepted' | 'stale' | 'not running' | 'out of bounds' | 'too fast';

export class NaiveGame {
  readonly created: GameCreated;
  /** Null while the gateway does not have the version. */
  quest: CompiledQuest | null = null;
  status: GameStatusName = 'scheduled';
  revision = 0;
  sequence = 0;
  startedAt: number | null = null;
  endsAt: number | null = null;
  readonly players: NaivePlayer[] = [];

  constructor(created: GameCreated) {
    this.created = created;
  }

  get hasRoom(): boolean {
    return this.players.length < PLAYERS_PER_GAME_MAX;
  }

  apply(event: GameEvent): void {
    this.revision += 1;
    this.sequence += 1;
    switch (event.type) {
      case 'GameStarted':
        this.status = 'running';
        this.startedAt = event.data.at;
        this.endsAt = event.data.endsAt;
        break;
      case 'GamePaused':
        this.status = 'paused';
        break;
      case 'GameResumed':
        this.status = 'running';
        this.endsAt = event.data.endsAt;
        break;
      case 'GameEnded':
        this.status = 'ended';
        break;
      case 'PlayerJoined':
        this.join(event.data.playerId, event.data.name);
        break;
      case 'PlayerLeft':
        Object.assign(this.players[event.data.row]!, { present: false, connected: false });
        break;
      case 'WaypointReached':
        this.players[event.data.row]!.score = event.data.score;
        this.players[event.data.row]!.reached.add(event.data.waypoint);
        break;
      default:
        throw new Error(`${event.type} comes once, at the beginning`);
    }
  }

  /** Indices of the waypoints not reached, ascending. */
  unreached(player: NaivePlayer): number[] {
    const count = this.quest?.waypointCount ?? 0;
    return Array.from({ length: count }, (_, waypoint) => waypoint).filter((waypoint) => !player.reached.has(waypoint));
  }

  next(player: NaivePlayer): number | null {
    return this.unreached(player)[0] ?? null;
  }

  /** What the client of this player knows when it has been told everything: index and clue. */
  window(player: NaivePlayer): [waypoint: number, clue: string][] {
    const { quest } = this;
    if (quest === null) return [];
    const next = this.next(player);
    return this.unreached(player)
      .slice(0, WINDOW_WAYPOINTS_MAX)
      .map((waypoint) => {
        const isTold = quest.order === 'free' || waypoint === next;
        return [waypoint, isTold ? (quest.clues.get(waypoint) ?? '') : ''];
      });
  }

  /** Rules MV of docs/protocol.md. */
  move(player: NaivePlayer, move: Readonly<Move>, now: number): NaiveMoveResult {
    if (!player.present || (player.moveSequence !== null && move.sequence <= player.moveSequence)) return 'stale';
    if (this.status !== 'running') return 'not running';
    const to = [move.x, move.y, move.z] as const;
    if (to.some((coordinate) => Math.abs(coordinate) > 100_000)) return 'out of bounds';
    if (player.place !== null) {
      const distanceM = Math.hypot(...to.map((coordinate, axis) => coordinate - player.place![axis]!));
      const neededMs = (distanceM / (this.quest!.limits.maxSpeed * 1.05)) * 1_000;
      const savedMs = Math.min(60_000, player.savedMs + Math.max(now - player.placedAt, 0));
      if (neededMs > savedMs + 250) return 'too fast';
      player.savedMs = savedMs - neededMs;
    } else player.savedMs = 1_000;
    player.place = to;
    player.placedAt = now;
    player.moveSequence = move.sequence;
    return 'accepted';
  }

  /** The waypoint to be reached where the player stands, or -1: every one is looked at. */
  reachable(player: NaivePlayer): number {
    const { quest } = this;
    if (quest === null || this.status !== 'running' || !player.present || player.place === null) return -1;
    const candidates = quest.order === 'sequential' ? this.unreached(player).slice(0, 1) : this.unreached(player);
    const { place } = player;
    const found = candidates.find((waypoint) => {
      const [x, y, z, radius] = quest.places.subarray(4 * waypoint, 4 * waypoint + 4);
      const squared = (x! - place[0]) ** 2 + (y! - place[1]) ** 2 + (z! - place[2]) ** 2;
      return squared <= radius! ** 2;
    });
    return found ?? -1;
  }

  private join(playerId: string, name: string): void {
    const known = this.players.find((player) => player.playerId === playerId);
    if (known !== undefined) {
      Object.assign(known, { name, present: true });
      return;
    }
    this.players.push({
      playerId,
      row: this.players.length,
      name,
      present: true,
      connected: false,
      place: null,
      placedAt: 0,
      savedMs: 0,
      moveSequence: null,
      score: 0,
      reached: new Set(),
    });
  }
}
