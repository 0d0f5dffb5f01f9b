import { HuntClient } from '@waymark/client';
import { distance, near, walk, type Point } from './walk.ts';

/**
 * One player that is a program: joins over HTTP, connects, walks to its next waypoint a little below the allowed speed, five moves a second,
 * rests there for a moment, goes on. It knows only what the gateway sends to any player.
 */
export interface BotOptions {
  readonly commandUrl: string;
  /** Of the game's owner: takes up the player of this name again, whether it is still in the game from before a restart or has left. */
  readonly ownerToken: string;
  readonly gameId: string;
  readonly name: string;
}

const MOVE_MS = 200;
/** A timer that fires late is caught up for this long at most; the rest of the time counts as standing. */
const CATCH_UP_S = 0.4;
/** Of the allowed speed: each bot has its own pace in between. */
const PACE_MIN = 0.7;
const PACE_MAX = 0.9;
const REST_MS_MAX = 1_500;
/** How far from its first waypoint a bot appears. */
const FIRST_DISTANCE_M = 40;

interface Goal {
  /** Of the waypoint. */
  readonly index: number;
  readonly place: Point;
}

export class Bot {
  readonly client: HuntClient;
  /** Settles when the connection is over for good, with the close code. */
  readonly over: Promise<number>;
  private readonly options: BotOptions;
  private readonly pace = PACE_MIN + Math.random() * (PACE_MAX - PACE_MIN);
  private at: Point | undefined;
  /** The waypoint it walks to and the place there where it will stop. */
  private goal: Goal | undefined;
  private restUntilMs = 0;
  private movedAtMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: BotOptions) {
    this.options = options;
    this.client = new HuntClient({ commandUrl: options.commandUrl });
    this.over = new Promise((resolve) => this.client.once('close', resolve));
    this.client.on('close', () => clearInterval(this.timer));
    // The gateway has the last word about where a player is.
    this.client.on('error', () => (this.at = undefined));
  }

  /** Resolves when it is in the game and moving. Rejects as HuntClient.join does. */
  async play(): Promise<void> {
    const { gameId, name, ownerToken } = this.options;
    await this.client.join({ gameId, name, playerId: `bot-${name.toLowerCase()}`, token: ownerToken });
    this.movedAtMs = performance.now();
    this.timer = setInterval(() => this.move(), MOVE_MS);
  }

  /** Leaves the connection; the player stays in the game and can be taken up again. */
  stop(): void {
    this.client.close();
  }

  private move(): void {
    const now = performance.now();
    const seconds = Math.min((now - this.movedAtMs) / 1000, CATCH_UP_S);
    this.movedAtMs = now;
    if (this.client.status.status !== 'connected' || this.client.state.status !== 'running') return;
    const goal = this.chooseGoal(now);
    if (goal === undefined || now < this.restUntilMs) return;
    this.at ??= this.placeNow(goal.place);
    this.at = walk(this.at, goal.place, this.pace * this.client.greeting!.maxSpeed, seconds);
    this.client.move(...this.at);
  }

  /** The next waypoint of a sequential quest, the nearest that is known of a free one; undefined when nothing is left. */
  private chooseGoal(now: number): Goal | undefined {
    const { self, state } = this.client;
    if (self === null) return undefined;
    const { window } = state;
    if (
      this.goal !== undefined &&
      window.has(this.goal.index) &&
      (this.free || this.goal.index === self.nextWaypoint)
    ) {
      return this.goal;
    }
    if (this.goal !== undefined) this.restUntilMs = now + Math.random() * REST_MS_MAX;
    const waypoint = this.free ? this.nearest() : window.get(self.nextWaypoint!);
    if (waypoint === undefined) return (this.goal = undefined);
    const place = near([waypoint.x, waypoint.y, waypoint.z], waypoint.radius, Math.random(), Math.random());
    return (this.goal = { index: waypoint.index, place });
  }

  private get free(): boolean {
    return this.client.greeting!.order === 'free';
  }

  private nearest(): { x: number; y: number; z: number; radius: number; index: number } | undefined {
    const from = this.at ?? [0, 0, 0];
    let best;
    let bestDistance = Infinity;
    for (const waypoint of this.client.state.window.values()) {
      const away = distance(from, [waypoint.x, waypoint.y, waypoint.z]);
      if (away < bestDistance) [best, bestDistance] = [waypoint, away];
    }
    return best;
  }

  /** Where the gateway last saw it; one that was never seen appears a short walk from its goal. */
  private placeNow(goal: Point): Point {
    const { self } = this.client;
    if (self?.placed === true) return [self.x, self.y, self.z];
    return near(goal, FIRST_DISTANCE_M, Math.random(), 1);
  }
}
